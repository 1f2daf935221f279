//! Places: the region tree and its closure, office names and help phones.

mod load;

use domain::Uuid;
use domain::fault::{Findings, Rule};
use domain::permission::Place;
use domain::region::RegionCode;

use crate::{Conn, Error, Result, Store};

pub use load::{Region, load, parse};

/// A node as shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Node {
    /// 12-digit code.
    pub code: String,
    /// Code of the node above; none for the city.
    pub parent: Option<String>,
    /// `city`, `district`, `township`, `community`.
    pub level: String,
    /// Kind, see [`domain::region::kind_word`].
    pub kind: String,
    /// Official name.
    pub name: String,
    /// Name as shown.
    pub short: String,
    /// Codes from itself up to the city, comma separated.
    pub path: String,
}

/// A community found by name, with where it lies.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Found {
    /// 12-digit code.
    pub code: String,
    /// Name as shown.
    pub short: String,
    /// Kind, see [`domain::region::kind_word`].
    pub kind: String,
    /// Street or town above it.
    pub township: String,
    /// District above that.
    pub district: String,
}

/// The place of a region with its ancestors.
pub async fn place(conn: &mut Conn, code: &str) -> Result<Option<Place>> {
    let row: Option<(String,)> = conn.query("select path from region where code = $1").bind(code.to_owned()).fetch_optional().await?;
    Ok(row.map(|(path,)| path_place(&path)))
}

/// Reads a stored path.
pub(crate) fn path_place(path: &str) -> Place {
    Place(path.split(',').filter_map(RegionCode::parse).collect())
}

/// One node.
pub async fn node(conn: &mut Conn, code: &str) -> Result<Option<Node>> {
    conn.query("select code, parent, level, kind, name, short, path from region where code = $1")
        .bind(code.to_owned())
        .fetch_optional()
        .await
}

/// The nodes below `parent` in their habitual order.
pub async fn children(conn: &mut Conn, parent: &str) -> Result<Vec<Node>> {
    conn.query(
        "select code, parent, level, kind, name, short, path from region where parent = $1 and to_day is null and tree = 'admin' order by sort, code",
    )
    .bind(parent.to_owned())
    .fetch_all()
    .await
}

/// Everything directly below `parent`, the units that only report as well: what adds up to it.
pub async fn parts(conn: &mut Conn, parent: &str) -> Result<Vec<Node>> {
    conn.query(
        "select code, parent, level, kind, name, short, path from region where parent = $1 and to_day is null order by tree, sort, code",
    )
    .bind(parent.to_owned())
    .fetch_all()
    .await
}

/// The full name of a place below the city: `朝阳 · 常营地区 · 某某社区`.
pub async fn full_name(conn: &mut Conn, code: &str) -> Result<String> {
    let rows: Vec<(String,)> = conn
        .query(
            "select r.short from region_closure c join region r on r.code = c.ancestor
             where c.descendant = $1 and r.level <> 'city' order by length(r.path) asc, r.code",
        )
        .bind(code.to_owned())
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|r| r.0).collect::<Vec<_>>().join(" · "))
}

/// Nodes of one level, in order, after a code; for the API.
pub async fn list(conn: &mut Conn, level: &str, parent: Option<&str>, after: &str, limit: i64) -> Result<Vec<Node>> {
    conn.query(
        "select code, parent, level, kind, name, short, path from region
         where level = $1 and tree = 'admin' and to_day is null and code > $2 and (cast($3 as text) is null or parent = $3)
         order by code limit $4",
    )
    .bind(level.to_owned())
    .bind(after.to_owned())
    .bind(parent.map(str::to_owned))
    .bind(limit)
    .fetch_all()
    .await
}

/// Communities whose name contains `text` or whose pinyin initials begin with it; exact names first. `within` narrows to
/// the subtree of a region.
pub async fn find_community(conn: &mut Conn, text: &str, within: Option<&str>, limit: i64) -> Result<Vec<Found>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let pattern = like_pattern(text);
    let initials = if text.bytes().all(|b| b.is_ascii_alphanumeric()) { format!("{}%", text.to_ascii_lowercase()) } else { "\u{1}".into() };
    conn.query(
        "select r.code, r.short, r.kind, t.short as township, d.short as district
         from region r join region t on t.code = r.parent join region d on d.code = t.parent
         where r.level = 'community' and r.to_day is null
           and (r.short like $1 escape '\\' or r.name like $1 escape '\\' or r.initials like $2
             or t.short = $4 or t.name = $4 or (t.alias <> '' and t.alias = $4))
           and (cast($3 as text) is null or exists (select 1 from region_closure c where c.ancestor = $3 and c.descendant = r.code))
         order by case when r.short = $4 or r.short = $5 or r.short = $6 then 0 when r.short like $7 escape '\\' then 1 else 2 end, length(r.short), d.sort, t.sort, r.sort, r.code
         limit $8",
    )
    .bind(pattern)
    .bind(initials)
    .bind(within.map(str::to_owned))
    .bind(text.to_owned())
    .bind(format!("{text}社区"))
    .bind(format!("{text}村"))
    .bind(format!("{}%", escape_like(text)))
    .bind(limit)
    .fetch_all()
    .await
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A `like` pattern that finds `text` anywhere.
pub(crate) fn like_pattern(text: &str) -> String {
    format!("%{}%", escape_like(text))
}

/// Whom to ask in a place: the nearest office upwards.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Office {
    /// Name of the office.
    pub name: String,
    /// Its phone.
    pub phone: String,
}

/// The nearest office at or above `code`.
pub async fn office(conn: &mut Conn, code: &str) -> Result<Option<Office>> {
    conn.query(
        "select o.name, o.phone from region_closure c join office o on o.region = c.ancestor join region r on r.code = c.ancestor
         where c.descendant = $1 order by length(r.path) desc, o.region limit 1",
    )
    .bind(code.to_owned())
    .fetch_optional()
    .await
}

/// Code of the city, the root of the tree.
pub async fn city(conn: &mut Conn) -> Result<String> {
    let row: Option<(String,)> = conn.query("select code from region where level = 'city' order by code").fetch_optional().await?;
    row.map(|r| r.0).ok_or(Error::Corrupt { table: "region", row: "city".into() })
}

impl Store {
    /// Changes the office of a region for an officer who was asked for permission.
    pub async fn change_office(&self, actor: Uuid, region: &str, name: &str, phone: &str) -> Result<()> {
        let mut findings = Findings::default();
        match name.chars().count() {
            0 => findings.add("office", Rule::Required),
            61.. => findings.add("office", Rule::TooLong),
            _ => {}
        }
        let dialled = phone.chars().filter(char::is_ascii_digit).count();
        let fits = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '转' | '(' | ')' | '（' | '）'));
        match phone {
            "" => findings.add("phone", Rule::Required),
            _ if !fits || !(3..=20).contains(&dialled) => findings.add("phone", Rule::Malformed),
            _ => {}
        }
        findings.done()?;
        let before = office(&mut self.db.read().await?, region).await?;
        let mut change = self.change(Some(actor), "office.set", "region", region);
        change.region = Some(region.to_owned());
        change.before = before.map(|o| format!("{} {}", o.name, o.phone)).unwrap_or_default();
        change.after = format!("{name} {phone}");
        let office = (region.to_owned(), name.to_owned(), phone.to_owned(), change);
        self.db
            .unit(office, |conn, (region, name, phone, change)| {
                Box::pin(async move {
                    write_office(conn, region, name, phone).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Sets the office of a region (name and help phone): sample data of a demo.
    pub async fn set_office(&self, region: &str, name: &str, phone: &str) -> Result<()> {
        self.db
            .unit((region.to_owned(), name.to_owned(), phone.to_owned()), |conn, (region, name, phone)| {
                Box::pin(async move { write_office(conn, region, name, phone).await })
            })
            .await
    }
}

async fn write_office(conn: &mut Conn, region: &str, name: &str, phone: &str) -> Result<()> {
    conn.query("insert into office (region, name, phone) values ($1, $2, $3) on conflict (region) do update set name = excluded.name, phone = excluded.phone")
        .bind(region.to_owned())
        .bind(name.to_owned())
        .bind(phone.to_owned())
        .execute()
        .await?;
    Ok(())
}
