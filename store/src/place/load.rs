//! Loads the bundled region tree, idempotently by code.

use std::collections::HashMap;

use domain::region::{RegionCode, RegionLevel};
use domain::time::Day;

use crate::{Error, Result, Store, words};

/// One line of the region file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// 12-digit code.
    pub code: String,
    /// Code of the node above, empty for the city.
    pub parent: String,
    /// Level code.
    pub level: String,
    /// Kind code.
    pub kind: String,
    /// `admin` or `report`.
    pub tree: String,
    /// Place among its siblings.
    pub sort: i64,
    /// Official name.
    pub name: String,
    /// Name as shown.
    pub short: String,
    /// Another searchable name; may be empty.
    pub alias: String,
}

/// Reads the region file (tab separated, with a header). Errors name the line.
pub fn parse(text: &str, file: &str) -> Result<Vec<Region>> {
    let mut regions: Vec<Region> = Vec::new();
    let mut levels: HashMap<String, RegionLevel> = HashMap::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |what: &str| Error::Content(format!("{file}:{}: {what}", number + 1));
        let cells: Vec<&str> = line.split('\t').collect();
        let [code, parent, level, kind, tree, sort, name, short, alias] = cells[..] else {
            return Err(fail("这一行应当有 9 列"));
        };
        if RegionCode::parse(code).is_none_or(|c| c.as_str() != code) {
            return Err(fail("区划代码应当是 12 位数字"));
        }
        let level_value = RegionLevel::parse(level).ok_or_else(|| fail("不认识的层级"))?;
        match levels.get(parent) {
            None if level_value == RegionLevel::City => {}
            Some(above) if *above < level_value => {}
            _ => return Err(fail("上级代码没有在前面出现，或层级不对")),
        }
        if levels.insert(code.to_owned(), level_value).is_some() {
            return Err(fail("代码重复"));
        }
        regions.push(Region {
            code: code.into(),
            parent: parent.into(),
            level: level.into(),
            kind: kind.into(),
            tree: tree.into(),
            sort: sort.parse().map_err(|_| fail("次序应当是整数"))?,
            name: name.into(),
            short: short.into(),
            alias: alias.into(),
        });
    }
    Ok(regions)
}

/// One region with what is derived for storage.
struct Row {
    region: Region,
    initials: String,
    path: Vec<String>,
    from: Day,
}

/// Loads regions that are not there yet and refreshes names of those that are. `from` is the first day of the list.
pub async fn load(store: &Store, regions: Vec<Region>, from: Day) -> Result<usize> {
    let mut paths: HashMap<String, Vec<String>> = HashMap::new();
    let mut rows = Vec::with_capacity(regions.len());
    for region in regions {
        let mut path = vec![region.code.clone()];
        path.extend(paths.get(&region.parent).cloned().unwrap_or_default());
        paths.insert(region.code.clone(), path.clone());
        let initials = words::initials(&region.short);
        rows.push(Row { region, initials, path, from });
    }
    let count = rows.len();
    // Units end within 200 rows of work; a chain of them loads the tree.
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<Row> = rows.by_ref().take(500).collect();
        store.db.unit(part, |conn, part| Box::pin(async move { write(conn, part).await })).await?;
    }
    Ok(count)
}

async fn write(conn: &mut crate::Conn, part: &[Row]) -> Result<()> {
    for Row { region, initials, path, from } in part {
        conn.query(
            "insert into region (code, parent, level, kind, tree, sort, name, short, alias, initials, path, from_day)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (code) do update set parent = excluded.parent, kind = excluded.kind, tree = excluded.tree, sort = excluded.sort,
               name = excluded.name, short = excluded.short, alias = excluded.alias, initials = excluded.initials, path = excluded.path",
        )
        .bind(region.code.clone())
        .bind((!region.parent.is_empty()).then(|| region.parent.clone()))
        .bind(region.level.clone())
        .bind(region.kind.clone())
        .bind(region.tree.clone())
        .bind(region.sort)
        .bind(region.name.clone())
        .bind(region.short.clone())
        .bind(region.alias.clone())
        .bind(initials.clone())
        .bind(path.join(","))
        .bind(*from)
        .execute()
        .await?;
        for ancestor in path {
            conn.query(
                "insert into region_closure (tree, ancestor, descendant, from_day) values ('admin', $1, $2, $3) on conflict do nothing",
            )
            .bind(ancestor.clone())
            .bind(region.code.clone())
            .bind(*from)
            .execute()
            .await?;
        }
    }
    Ok(())
}
