//! The words for codes: `domain` and `store` answer with codes, the view says them in Chinese.

use domain::course::{ContentArea, DeliveryMode, Level};
use domain::credit::EvidenceClass;
use domain::enrolment::State;
use domain::fault::{Fault, Rule};
use domain::permission::Role;

/// 内容
pub fn area(area: ContentArea) -> &'static str {
    match area {
        ContentArea::PartyBuilding => "党的建设",
        ContentArea::Standardization => "规范化建设",
        ContentArea::Capacity => "能力建设",
        ContentArea::ProjectOps => "项目运作",
        ContentArea::Policy => "政策解读",
        ContentArea::Exam => "社工考试",
    }
}

/// The stamp of an area.
pub fn area_stamp(area: ContentArea) -> &'static str {
    match area {
        ContentArea::PartyBuilding => "党",
        ContentArea::Standardization => "规",
        ContentArea::Capacity => "能",
        ContentArea::ProjectOps => "项",
        ContentArea::Policy => "策",
        ContentArea::Exam => "考",
    }
}

/// 方式
pub fn mode(mode: DeliveryMode) -> &'static str {
    match mode {
        DeliveryMode::InPerson => "线下授课",
        DeliveryMode::Online => "网上课堂",
        DeliveryMode::Field => "现场教学",
        DeliveryMode::Simulation => "情景模拟",
    }
}

/// Two characters for a mode, for tight places.
pub fn mode_short(mode: DeliveryMode) -> &'static str {
    match mode {
        DeliveryMode::InPerson => "线下",
        DeliveryMode::Online => "网上",
        DeliveryMode::Field => "现场",
        DeliveryMode::Simulation => "情景",
    }
}

/// Icon of a mode.
pub fn mode_icon(mode: DeliveryMode) -> &'static str {
    match mode {
        DeliveryMode::InPerson => "lectern",
        DeliveryMode::Online => "screen",
        DeliveryMode::Field => "pavilion",
        DeliveryMode::Simulation => "fork",
    }
}

/// 程度
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Basic => "入门",
        Level::Core => "骨干",
        Level::Advanced => "提高",
    }
}

/// 角色
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Learner => "学员",
        Role::Trainer => "讲师",
        Role::Supervisor => "班主任",
        Role::CommunityWorker => "社区工作者",
        Role::TownshipOfficer => "街道（乡镇）管理员",
        Role::DistrictOfficer => "区管理员",
        Role::CityOfficer => "市管理员",
        Role::Administrator => "系统管理员",
    }
}

/// 在组织里做什么
pub fn post(code: &str) -> &'static str {
    match code {
        "leader" => "负责人",
        "backbone" => "骨干",
        "practitioner" => "从业人员",
        _ => "居民",
    }
}

/// State of an enrolment.
pub fn state(state: State) -> &'static str {
    match state {
        State::Active => "在学",
        State::Completed => "网上部分已完成",
        State::Withdrawn => "已退出",
        State::Past => "往年已完成",
    }
}

/// 证据
pub fn evidence(code: &str) -> &'static str {
    match EvidenceClass::parse(code) {
        Some(EvidenceClass::ReadingAndQuiz) => "阅读＋测验",
        Some(EvidenceClass::WatchingAndQuiz) => "观看＋测验",
        Some(EvidenceClass::TranscriptAndQuiz) => "文字稿＋测验",
        Some(EvidenceClass::Quiz) => "课程测验",
        Some(EvidenceClass::SimulationAndDebrief) => "情景＋复盘",
        None => "—",
    }
}

/// What is wrong with a field, and what to do.
pub fn rule(field: &str, rule: Rule) -> &'static str {
    match (field, rule) {
        ("phone", _) => "请写一个打得通的电话，数字、空格、短横都可以，分机写“转”。",
        ("name", Rule::Required) => "请写您的姓名。",
        ("name", Rule::TooLong) => "姓名太长了，最多 60 个字。",
        ("name", Rule::Malformed) => "姓名里有不能用的符号。汉字、字母、间隔号都可以。",
        ("mobile", Rule::Required) => "请写手机号。",
        ("mobile", Rule::MobileDigits) => "手机号是 11 位数字，以 1 开头，请再看一下。",
        ("mobile", Rule::Taken) => "这个手机号下已经有同名的人。请直接登录，或请街道重设密码。",
        ("region", Rule::Required) => "请选您所在的社区或街道。",
        ("region", Rule::Differs) => "这个角色管的不是这一级，请换一个范围。",
        ("region", _) => "没有找到这个地方，请重新选。",
        ("organisation", Rule::TooLong) => "组织名称太长了，最多 60 个字。",
        ("until", _) => "请写今天或以后的日期，比如 2027-06-30。",
        ("post", _) => "请选您在组织里做什么。",
        ("privacy", _) => "请先看个人信息说明，同意后再加入。",
        ("user_name", Rule::Required) => "请写用户名。",
        ("user_name", Rule::Taken) => "这个用户名有人用了，请换一个。",
        ("user_name", _) => "用户名用 3 到 32 个小写字母或数字，以字母开头。",
        ("password" | "new_password", Rule::Required) => "请写密码。",
        ("password" | "new_password", Rule::TooShort) => "密码至少 8 个字符。用一句自己记得住的话也可以。",
        ("password" | "new_password", Rule::TooLong) => "密码太长了，最多 128 个字符。",
        ("password" | "new_password", Rule::TooCommon) => "这个密码太容易猜，请换一个。",
        ("old_password", _) => "原来的密码不对。",
        (_, Rule::Required) => "这里还没填。",
        (_, Rule::TooLong) => "太长了，请短一些。",
        (_, Rule::TooShort) => "太短了，请再写一些。",
        (_, Rule::Differs) => "两次写的不一样。",
        (_, Rule::Unknown) => "没有这一项，请重新选。",
        _ => "这里的内容不对，请再看一下。",
    }
}

/// A fault as a page: title, what it means, what to do.
pub fn fault(fault: &Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::SignedOut => ("请先登录", "登录以后再打开这一页。"),
        Fault::Forbidden => ("这一页不归您的角色", "需要时请联系上一级管理员。"),
        Fault::Missing => ("没有找到这一页", "地址可能写错了，或者内容不在您能看的范围里。"),
        Fault::Invalid(_) => ("送来的内容读不懂", "没有写入任何东西。请退回上一页重新填写。"),
        Fault::Refused(code) => match code.as_str() {
            "course_preparing" => ("这门课还在筹备", "开课以后才能报名，现在可以先看大纲。"),
            "too_early" => ("还没到时间", "请把正文读完再点“读完了”。已经读的时间都算数。"),
            "lessons_first" => ("先学完各课", "每一课都完成以后，课程测验就会打开。"),
            "open_first" => ("先打开这一课", "请先开始学这一课，再做测验。"),
            "player_superseded" => ("您在别处打开了播放", "这里先停止计时，以后打开的那一处为准。"),
            "too_many_codes" => ("试的次数太多了", "进入码试错了十次，请过十分钟再试，或者问一问开场的老师。"),
            "draft_writers" => ("人满了", "一份最多再请八位一起写。"),
            "draft_agency" => ("作者没有确认过的组织", "给本机构走，作者的主要组织要先经街道确认。"),
            "due_frozen" => ("这一年已经冻结过", "同一年、同一个地方只有一份应训名单，上下级也不重叠。要改，用增补和核减。"),
            "due_already" => ("已经是这样了", "增补的已经在名单上，核减的已经不在名单上。"),
            "import_state" => ("这一步已经过去了", "也许在另一页上已经办过。刷新看看。"),
            "import_built_on" => ("不能整份撤回", "办完以后已经有人用上或又改过，撤回会让他们落空。请一个一个改。"),
            "draft_closed" => ("这一份现在不能改", "送审以后、发布以后都不能改。要改，先收回来，或者抄一份。"),
            "draft_unsound" => ("还有必须改的", "查出来的“必须改”都改完，才能试用、送审和发布。"),
            "draft_move" => ("现在不能这样做", "自己写的不能自己审；审过的不能再审。"),
            "draft_condition" => ("条件读不懂", "写成：信≥58 且 ⚑登记。没有写入任何东西。"),
            "not_a_trainer" => ("他还不是讲师", "请先给他讲师这个角色，再请他讲课。"),
            "enrolment_left" => ("您已退出这门课", "重新报名就能接着学，以前的进度还在。"),
            _ => ("现在不能这样做", "情况已经变了。请退回上一页，看看最新的状态。"),
        },
        Fault::Conflict => ("有人同时改了同一处", "这一次没有写入。请退回上一页再试一次。"),
        Fault::Busy => ("现在用的人多", "请求没有写入，也没有丢。请过半分钟再试一次。"),
        Fault::Internal { .. } => ("我们这边出错了", "这一次没有写入。请过一会儿再试；还不行，把下面的编号告诉管理员。"),
    }
}
