//! The catalogue: every course as a card in memory, filtered, counted and paged without asking the database again.

use std::collections::HashMap;
use std::sync::RwLock;

use domain::Uuid;
use domain::course::{ContentArea, CourseStatus, DeliveryMode, Level, ModeMinutes};

use crate::{Error, Result, Store};

/// Cards on a page.
pub const PAGE: usize = 24;

/// A course as listed.
#[derive(Debug, Clone)]
pub struct Card {
    /// Course code.
    pub code: String,
    /// Part of the address.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Sort key of the title.
    pub sort_key: String,
    /// One sentence.
    pub summary: String,
    /// Content area.
    pub area: ContentArea,
    /// Level.
    pub level: Level,
    /// For whom.
    pub audience: String,
    /// Whether people can enrol.
    pub status: CourseStatus,
    /// Minutes by mode.
    pub minutes: ModeMinutes,
    /// Online lessons.
    pub lessons: i64,
    /// Cover, SVG.
    pub cover: String,
    /// Current edition.
    pub edition: Uuid,
}

/// Length buckets of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hours {
    /// Up to 2 学时.
    Short,
    /// More than 2 and up to 4.
    Middle,
    /// More than 4.
    Long,
}

impl Hours {
    /// Every bucket.
    pub const ALL: [Self; 3] = [Self::Short, Self::Middle, Self::Long];

    /// Code in the address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Short => "2",
            Self::Middle => "4",
            Self::Long => "more",
        }
    }

    /// Reads [`Hours::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.code() == text)
    }

    fn holds(self, minutes: i64) -> bool {
        match self {
            Self::Short => minutes <= 90,
            Self::Middle => minutes > 90 && minutes <= 180,
            Self::Long => minutes > 180,
        }
    }
}

/// How the list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Open courses first, then by code.
    #[default]
    Habitual,
    /// Shortest first.
    Shortest,
    /// By pinyin of the title.
    Title,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Habitual, Self::Shortest, Self::Title];

    /// Code in the address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Habitual => "",
            Self::Shortest => "short",
            Self::Title => "title",
        }
    }
}

/// What somebody looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Content area.
    pub area: Option<ContentArea>,
    /// A mode in which the course has hours.
    pub mode: Option<DeliveryMode>,
    /// Level.
    pub level: Option<Level>,
    /// Length.
    pub hours: Option<Hours>,
    /// Only those that can be taken now.
    pub open: bool,
    /// Order.
    pub sort: Sort,
    /// Page, from 1.
    pub page: usize,
}

/// One dimension of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// By area.
    Area(ContentArea),
    /// By mode.
    Mode(DeliveryMode),
    /// By level.
    Level(Level),
    /// By length.
    Hours(Hours),
    /// Can be taken now.
    Open,
}

impl Filter {
    /// What it lets through, order and page left out: at most some 1,100 different ones.
    fn key(&self) -> [u8; 5] {
        fn place<T: PartialEq>(chosen: Option<T>, all: &[T]) -> u8 {
            chosen.and_then(|c| all.iter().position(|a| *a == c)).map_or(0, |at| at as u8 + 1)
        }
        [
            place(self.area, &ContentArea::ALL),
            place(self.mode, &DeliveryMode::ALL),
            place(self.level, &Level::ALL),
            place(self.hours, &Hours::ALL),
            u8::from(self.open),
        ]
    }

    fn holds(&self, card: &Card) -> bool {
        self.area.is_none_or(|a| a == card.area)
            && self.mode.is_none_or(|m| card.minutes.of(m) > 0)
            && self.level.is_none_or(|l| l == card.level)
            && self.hours.is_none_or(|h| h.holds(card.minutes.total()))
            && (!self.open || card.status == CourseStatus::Open)
    }

    /// The filter with one facet set, on the first page.
    pub fn with(&self, facet: Facet) -> Self {
        let mut next = Self { page: 1, ..self.clone() };
        match facet {
            Facet::Area(a) => next.area = Some(a),
            Facet::Mode(m) => next.mode = Some(m),
            Facet::Level(l) => next.level = Some(l),
            Facet::Hours(h) => next.hours = Some(h),
            Facet::Open => next.open = true,
        }
        next
    }

    /// The filter without the dimension of a facet, on the first page.
    pub fn without(&self, facet: Facet) -> Self {
        let mut next = Self { page: 1, ..self.clone() };
        match facet {
            Facet::Area(_) => next.area = None,
            Facet::Mode(_) => next.mode = None,
            Facet::Level(_) => next.level = None,
            Facet::Hours(_) => next.hours = None,
            Facet::Open => next.open = false,
        }
        next
    }

    /// Whether the facet is set.
    pub fn has(&self, facet: Facet) -> bool {
        match facet {
            Facet::Area(a) => self.area == Some(a),
            Facet::Mode(m) => self.mode == Some(m),
            Facet::Level(l) => self.level == Some(l),
            Facet::Hours(h) => self.hours == Some(h),
            Facet::Open => self.open,
        }
    }
}

/// One page of the list with the counts of every facet.
#[derive(Debug)]
pub struct Page<'c> {
    /// The cards.
    pub cards: Vec<&'c Card>,
    /// Courses that match.
    pub total: usize,
    /// Page shown, from 1.
    pub page: usize,
    /// Pages in all.
    pub pages: usize,
}

/// All courses.
#[derive(Debug, Default)]
pub struct Catalogue {
    cards: Vec<Card>,
    /// Counts that were asked for; they stay true as long as the catalogue.
    counts: RwLock<HashMap<[u8; 5], usize>>,
    /// Digest of the loaded content: the version of every page made from it.
    pub version: String,
}

impl Catalogue {
    /// Every card, in habitual order.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The card with this slug.
    pub fn by_slug(&self, slug: &str) -> Option<&Card> {
        self.cards.iter().find(|c| c.slug == slug)
    }

    /// The card with this code.
    pub fn by_code(&self, code: &str) -> Option<&Card> {
        self.cards.iter().find(|c| c.code == code)
    }

    /// How many courses would match if `facet` were chosen and the rest of the filter stayed.
    pub fn count(&self, filter: &Filter, facet: Facet) -> usize {
        let filter = filter.with(facet);
        let key = filter.key();
        if let Some(known) = self.counts.read().ok().and_then(|c| c.get(&key).copied()) {
            return known;
        }
        let count = self.cards.iter().filter(|c| filter.holds(c)).count();
        if let Ok(mut counts) = self.counts.write() {
            counts.insert(key, count);
        }
        count
    }

    /// The page that a filter asks for; a page past the end is the last one.
    pub fn page(&self, filter: &Filter) -> Page<'_> {
        let mut cards: Vec<&Card> = self.cards.iter().filter(|c| filter.holds(c)).collect();
        match filter.sort {
            Sort::Habitual => {}
            Sort::Shortest => cards.sort_by_key(|c| (c.minutes.total(), c.code.clone())),
            Sort::Title => cards.sort_by(|a, b| (&a.sort_key, &a.code).cmp(&(&b.sort_key, &b.code))),
        }
        let total = cards.len();
        let pages = total.div_ceil(PAGE).max(1);
        let page = filter.page.clamp(1, pages);
        let cards = cards.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
        Page { cards, total, page, pages }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    slug: String,
    title: String,
    sort_key: String,
    summary: String,
    area: String,
    level: String,
    audience: String,
    status: String,
    in_person_minutes: i64,
    online_minutes: i64,
    field_minutes: i64,
    simulation_minutes: i64,
    lessons: i64,
    cover: String,
    edition: Uuid,
}

pub(super) async fn load(store: &Store) -> Result<Catalogue> {
    let mut conn = store.db.read().await?;
    let rows: Vec<Row> = conn
        .query(
            "select code, slug, title, sort_key, summary, area, level, audience, status, in_person_minutes, online_minutes, field_minutes,
                    simulation_minutes, lessons, cover, edition
             from course where edition is not null order by case status when 'open' then 0 else 1 end, sort, code",
        )
        .fetch_all()
        .await?;
    let version: Option<(String,)> = conn.query("select value from setting where key = 'content'").fetch_optional().await?;
    let cards = rows
        .into_iter()
        .map(|row| {
            let unreadable = || Error::Corrupt { table: "course", row: row.code.clone() };
            Ok(Card {
                area: ContentArea::parse(&row.area).ok_or_else(unreadable)?,
                level: Level::parse(&row.level).ok_or_else(unreadable)?,
                status: if row.status == "open" { CourseStatus::Open } else { CourseStatus::Preparing },
                minutes: ModeMinutes {
                    in_person: row.in_person_minutes,
                    online: row.online_minutes,
                    field: row.field_minutes,
                    simulation: row.simulation_minutes,
                },
                code: row.code,
                slug: row.slug,
                title: row.title,
                sort_key: row.sort_key,
                summary: row.summary,
                audience: row.audience,
                lessons: row.lessons,
                cover: row.cover,
                edition: row.edition,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Catalogue { cards, counts: RwLock::default(), version: version.map(|v| v.0).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(code: &str, area: ContentArea, minutes: ModeMinutes, status: CourseStatus) -> Card {
        Card {
            code: code.into(),
            slug: code.to_lowercase(),
            title: code.into(),
            sort_key: code.into(),
            summary: String::new(),
            area,
            level: Level::Basic,
            audience: String::new(),
            status,
            minutes,
            lessons: 1,
            cover: String::new(),
            edition: Uuid::nil(),
        }
    }

    #[test]
    fn counts_tell_what_choosing_a_facet_would_give() {
        let two = ModeMinutes { online: 90, ..Default::default() };
        let mixed = ModeMinutes { online: 90, in_person: 180, ..Default::default() };
        let catalogue = Catalogue {
            counts: RwLock::default(),
            cards: vec![
                card("C01", ContentArea::PartyBuilding, two, CourseStatus::Open),
                card("C02", ContentArea::Capacity, mixed, CourseStatus::Open),
                card("C03", ContentArea::Capacity, two, CourseStatus::Preparing),
            ],
            version: String::new(),
        };
        let capacity = Filter::default().with(Facet::Area(ContentArea::Capacity));
        assert_eq!(catalogue.page(&capacity).total, 2);
        assert_eq!(catalogue.count(&capacity, Facet::Mode(DeliveryMode::InPerson)), 1);
        assert_eq!(catalogue.count(&capacity, Facet::Area(ContentArea::PartyBuilding)), 1);
        assert_eq!(catalogue.count(&capacity, Facet::Open), 1);
        for facet in [Facet::Hours(Hours::Short), Facet::Hours(Hours::Long)] {
            assert_eq!(catalogue.count(&capacity, facet), catalogue.page(&capacity.with(facet)).total);
        }
        assert_eq!(catalogue.page(&Filter { page: 99, ..Default::default() }).page, 1);
    }
}
