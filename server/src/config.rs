//! Command line and configuration: flag over environment over the default.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// 育才: the training and learning portal for community social organisations.
#[derive(Debug, Parser)]
#[command(name = "yucai", version, about = "育才 · 社区社会组织学习门户", disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Everything the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 启动门户；空的数据文件夹会先建好数据库、载入区划和课程
    Serve(Serve),
    /// 检查内容文件夹或情景文件，说出错在哪里
    Check(Check),
    /// 把数据库和媒体存成一个文件（SQLite；运行中也可以）
    Backup(Backup),
    /// 从备份文件恢复到一个空的数据文件夹
    Restore(Backup),
    /// 拿事实核对合计数和校验链
    Verify(Place),
    /// 重设一个账号的密码（在机器旁边的人用；新密码只打印一次）
    User(User),
    /// 往空的数据库里放一座合成的城市，供试验和压测；标明“合成数据”
    Generate(Generate),
    /// 打印生效的配置（不含密钥）
    Config(Serve),
}

/// Where data and content are.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// 数据文件夹
    #[arg(long, env = "YUCAI_DATA", default_value = "data")]
    pub data: PathBuf,
    /// PostgreSQL 的地址；不写就用数据文件夹里的 SQLite
    #[arg(long, env = "YUCAI_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// `yucai serve`
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where data is.
    #[command(flatten)]
    pub place: Place,
    /// 监听的地址
    #[arg(long, env = "YUCAI_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// 对外的网址，用在二维码里；不写就用监听地址
    #[arg(long, env = "YUCAI_ADDRESS")]
    pub address: Option<String>,
    /// 内容文件夹
    #[arg(long, env = "YUCAI_CONTENT", default_value = "content")]
    pub content: PathBuf,
    /// 构建好的样式、脚本和 WASM
    #[arg(long, env = "YUCAI_SITE", default_value = "dist")]
    pub site: PathBuf,
    /// 字体文件夹：学时证明的图片和 PDF 用（Debian 的 fonts-noto-cjk 装在这里）
    #[arg(long, env = "YUCAI_FONTS", default_value = "/usr/share/fonts")]
    pub fonts: PathBuf,
    /// 联系方式的加密密钥文件；默认在数据文件夹旁边
    #[arg(long, env = "YUCAI_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// 空数据库里建一批示例人员，密码随机，只打印一次
    #[arg(long, env = "YUCAI_DEMO")]
    pub demo: bool,
}

/// `yucai check`
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// 检查什么：content（内容文件夹），scenario（情景文件）
    #[arg(value_parser = ["content", "scenario"])]
    pub what: String,
    /// 情景文件，可以写几个
    pub files: Vec<PathBuf>,
    /// 内容文件夹
    #[arg(long, env = "YUCAI_CONTENT", default_value = "content")]
    pub content: PathBuf,
    /// 把情景的图画成 SVG，存进这个文件夹（一个情景一张）
    #[arg(long)]
    pub graph: Option<PathBuf>,
}

/// `yucai generate`
#[derive(Debug, Clone, Args)]
pub struct Generate {
    /// 多大：city（25 万学员）、large（42 万）、tenth（十分之一）、small（一千多人）
    #[arg(long, default_value = "tenth", value_parser = ["city", "large", "tenth", "small"])]
    pub scale: String,
    /// 种子：同一个种子、同一年，生成的一样
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// 内容文件夹
    #[arg(long, env = "YUCAI_CONTENT", default_value = "content")]
    pub content: PathBuf,
    /// Where data is.
    #[command(flatten)]
    pub place: Place,
}

/// `yucai user`
#[derive(Debug, Clone, Args)]
pub struct User {
    /// 做什么：reset（重设密码）
    #[arg(value_parser = ["reset"])]
    pub what: String,
    /// 用户名
    pub user_name: String,
    /// Where data is.
    #[command(flatten)]
    pub place: Place,
}

/// `yucai backup` and `yucai restore`
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// 备份文件
    pub file: PathBuf,
    /// Where data is.
    #[command(flatten)]
    pub place: Place,
}
