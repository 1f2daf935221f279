//! Words of the simulations.

use domain::scenario::{Scenario, Trouble, Walk};

/// A trouble: what is wrong, and how to mend it.
pub fn trouble(trouble: Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::TooMuch => ("太多，或者一个都没有", "情境最多一千，每处选项最多六个，变量和人合起来最多三十二；情境和结局各至少一个"),
        Trouble::KeyTwice => ("编号重复", "换一个编号"),
        Trouble::UnknownName => ("提到的东西不存在", "核对情境、变量、人、记下的事、打听到的事、承诺的名字；用到故事时间要先写 time"),
        Trouble::OutOfBounds => ("数值出界", "变量和态度 0 到 100，得分 0 到 2，期限 1 到 10000"),
        Trouble::MissingText => ("没有写字", "补上标题、情境、选项、结果或结局的文字"),
        Trouble::UnreachableNode => ("没有一条路走得到这里", "让某个选项通到这里，或者删去"),
        Trouble::UnreachableEnding => ("没有一条路到这个结局", "放宽条件，或者删去"),
        Trouble::DeadEnd => ("走到这里，有时一个选项也点不了", "加一个没有条件的选项"),
        Trouble::ChoiceNeverOpen => ("这个选项从来点不了", "改它的条件"),
        Trouble::NoWayOut => ("从这里有时走不到任何结局", "圈里留一个出口，让某个选项不再往回走"),
        Trouble::LastEndingConditional => ("最后一个结局带着条件", "去掉条件，否则有的路没有结局"),
        Trouble::MissingWhy => ("没写为什么", "写一句道理，好在哪里，差在哪里"),
        Trouble::MissingSource => ("没写依据", "写规定的全名《……》，或者写“实务经验：谁，几年”"),
        Trouble::ChanceWeights => ("机会的份数不对", "每一种写 1 到 1000 的整数，最多六种"),
        Trouble::EndingKindMissing => ("缺一类结局", "办成、部分办成、没办成，各写一个"),
        Trouble::NoDebrief => ("没有复盘的问题", "写两到四个"),
        Trouble::TextTooLong => ("字太多，手机上要滚动", "标题 20 字、情境 120 字、选项 60 字、结果 120 字、为什么 160 字以内"),
        Trouble::VariableIdle => ("没有哪个条件问到它", "用在结局、条件或承诺里，或者删去"),
        Trouble::AlwaysBest => ("样样都占便宜，不用想就会选", "让它付出一点代价：时间、钱、谁的态度"),
        Trouble::NeverSensible => ("样样都吃亏，没有人会选", "给它一点好处：省时间、不得罪人、显得热心"),
        Trouble::NoDifference => ("几个选项得分一样", "看看是不是有意"),
    }
}

/// What the walk over all paths found, in one line.
pub fn walked(scenario: &Scenario, walk: &Walk) -> String {
    let most = |n: Option<usize>| n.map_or_else(|| "不限（有圈）".to_owned(), |n| n.to_string());
    let whole = if walk.exhaustive { "全部走遍" } else { "没有走完，走不到的不在结论里" };
    let reading = format!("走一遍读 {}—{} 字", walk.characters.0, most(walk.characters.1));
    let lost = walk.lost.1.map_or_else(String::new, |most| format!("，最多丢 {most} 分、最少丢 {} 分", walk.lost.0));
    let endings: Vec<String> =
        walk.endings.iter().filter_map(|(at, share)| Some(format!("{} {}‰", scenario.endings.get(*at)?.key, share))).collect();
    format!(
        "{} 个状态（{whole}），{} 到 {} 步结束{lost}；{reading}；各结局占全部路径：{}。",
        walk.states,
        walk.shortest,
        most(walk.longest),
        endings.join("，")
    )
}
