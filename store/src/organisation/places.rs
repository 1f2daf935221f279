//! Communities of a region by the names that files use for them.

use std::collections::{BTreeSet, HashMap};

use domain::fault::Rule;
use domain::filing::{CellFault, Column, Filing};

use crate::{Conn, Result};

/// Where names lead: a community with the names of what lies above it.
pub(super) struct Places {
    by_name: HashMap<String, Vec<Spot>>,
    townships: HashMap<String, BTreeSet<String>>,
}

#[derive(Clone)]
struct Spot {
    code: String,
    township: Vec<String>,
    district: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    short: String,
    name: String,
    township: String,
    township_short: String,
    township_name: String,
    township_alias: String,
    district_short: String,
    district_name: String,
}

/// A name as it is compared: without white space, and without the words by which files tell the same place.
fn plain(name: &str) -> String {
    let mut text: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    for tail in ["居民委员会", "村民委员会", "居委会", "村委会", "社区", "村"] {
        if let Some(rest) = text.strip_suffix(tail).filter(|rest| !rest.is_empty()) {
            text = rest.to_owned();
        }
    }
    text
}

/// The same for a street, a town or a district.
fn above(name: &str) -> String {
    let mut text: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    for tail in ["街道办事处", "人民政府", "街道", "地区", "民族乡", "乡", "镇", "区"] {
        if let Some(rest) = text.strip_suffix(tail).filter(|rest| !rest.is_empty()) {
            text = rest.to_owned();
        }
    }
    text
}

impl Places {
    /// The communities of a region.
    pub(super) async fn of(conn: &mut Conn, region: &str) -> Result<Self> {
        let rows: Vec<Row> = conn
            .query(
                "select r.code, r.short, r.name, t.code as township, t.short as township_short, t.name as township_name, t.alias as township_alias,
                        d.short as district_short, d.name as district_name
                 from region_closure c join region r on r.code = c.descendant join region t on t.code = r.parent join region d on d.code = t.parent
                 where c.tree = 'admin' and c.ancestor = $1 and r.level = 'community' and r.to_day is null order by r.code",
            )
            .bind(region.to_owned())
            .fetch_all()
            .await?;
        let mut places = Self { by_name: HashMap::new(), townships: HashMap::new() };
        for row in rows {
            let named = |names: [&str; 3]| names.into_iter().filter(|n| !n.is_empty()).map(above).collect::<Vec<_>>();
            let spot = Spot {
                code: row.code,
                township: named([&row.township_short, &row.township_name, &row.township_alias]),
                district: named([&row.district_short, &row.district_name, ""]),
            };
            for name in &spot.township {
                places.townships.entry(name.clone()).or_default().insert(row.township.clone());
            }
            let names: BTreeSet<String> = [plain(&row.short), plain(&row.name)].into();
            for name in names {
                places.by_name.entry(name).or_default().push(spot.clone());
            }
        }
        Ok(places)
    }

    /// Where an organisation belongs: its community, or its street where the file names that as the community.
    pub(super) fn find(&self, filing: &Filing) -> Result<String, CellFault> {
        let wrong = |column, rule| CellFault { column, rule };
        let mut found: Vec<&Spot> = self.by_name.get(&plain(&filing.community)).into_iter().flatten().collect();
        if found.is_empty() {
            let streets = self.townships.get(&above(&filing.community)).filter(|_| above(&filing.community) == above(&filing.township));
            return match streets.map(|s| s.iter().collect::<Vec<_>>()).as_deref() {
                Some([one]) => Ok((*one).clone()),
                _ => Err(wrong(Column::Community, Rule::Unknown)),
            };
        }
        for (text, column) in [(&filing.township, Column::Township), (&filing.district, Column::District)] {
            if text.is_empty() {
                continue;
            }
            let names = |spot: &Spot| if column == Column::Township { spot.township.clone() } else { spot.district.clone() };
            found.retain(|spot| names(spot).contains(&above(text)));
            if found.is_empty() {
                return Err(wrong(column, Rule::Unknown));
            }
        }
        match found.as_slice() {
            [one] => Ok(one.code.clone()),
            // Several of that name: the street tells them apart.
            _ => Err(wrong(Column::Township, Rule::Required)),
        }
    }
}
