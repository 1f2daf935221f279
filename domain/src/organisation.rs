//! 社区社会组织 as the plan tells them apart: how they stand, what they do, where they work. Codes are stored; words are
//! the view's. (“关于进一步促进社区社会组织发展的工作方案”, 同心 and 新风.)

use serde::{Deserialize, Serialize};

/// A list of codes with their reader.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$item])* $variant,)* }

        impl $name {
            /// Every one, in the habitual order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Code in the database, in files and on the API.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Reads [`Self::code`].
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == text)
            }
        }
    };
}

coded! {
    /// How an organisation stands with the authorities.
    Standing {
        /// 备案: filed with the street or town; it may act, and is no legal person.
        Filed = "filed",
        /// 登记: registered with the civil affairs of a district or above.
        Registered = "registered",
        /// 注销 or 撤销: it has ended.
        Ended = "ended",
    }
}

coded! {
    /// What an organisation is for.
    Nature {
        /// 服务型
        Service = "service",
        /// 公益性
        PublicBenefit = "public_benefit",
        /// 互助性
        MutualAid = "mutual_aid",
        /// 文体活动类
        CultureSports = "culture_sports",
    }
}

coded! {
    /// The ten fields in which organisations are to work.
    WorkField {
        /// 治安综治
        PublicOrder = "public_order",
        /// 矛盾纠纷调解
        Mediation = "mediation",
        /// 社区协商
        Deliberation = "deliberation",
        /// 志愿服务
        Volunteering = "volunteering",
        /// 社区矫正
        Correction = "correction",
        /// 社区戒毒
        DrugRehabilitation = "drug_rehabilitation",
        /// 社区康复
        Recovery = "recovery",
        /// 环境卫生
        Environment = "environment",
        /// 物业管理
        Property = "property",
        /// 流动人口服务
        Migrants = "migrants",
    }
}

coded! {
    /// The four themes of 新风.
    Theme {
        /// 邻里守望
        Neighbours = "neighbours",
        /// 共建共治共享
        Together = "together",
        /// 共创平安
        Safety = "safety",
        /// 文化铸魂
        Culture = "culture",
    }
}

coded! {
    /// The four kinds that the countryside has of its own.
    RuralKind {
        /// 乡贤理事会
        Elders = "elders",
        /// 红白理事会
        WeddingsFunerals = "weddings_funerals",
        /// 生产合作社
        Production = "production",
        /// 农民经济合作组织
        Farmers = "farmers",
    }
}

coded! {
    /// What part an organisation plays.
    Kind {
        /// 社区社会组织
        Community = "community",
        /// 社区社会组织联合会, at most one a street or town.
        Federation = "federation",
        /// 培育孵化机构 of a city, district, street or town.
        Incubator = "incubator",
        /// 支持性 or 枢纽型社会组织
        Support = "support",
        /// 驻区单位
        Partner = "partner",
    }
}

/// Codes as stored: separated by one space, in the habitual order, each once.
pub fn codes<T: Copy + PartialEq>(all: &[T], chosen: &[T], code: impl Fn(T) -> &'static str) -> String {
    all.iter().filter(|one| chosen.contains(one)).map(|one| code(*one)).collect::<Vec<_>>().join(" ")
}
