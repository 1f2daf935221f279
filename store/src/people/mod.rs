//! People: accounts, sessions, roles, sign-in, registration, help for others.

pub mod home;
pub mod keepsake;
pub mod manage;
pub mod password;
pub mod register;
pub mod session;
pub mod sign_in;
pub mod vault;

use domain::Uuid;
use domain::permission::{Grant, Role};
use domain::region::RegionCode;
use domain::time::{Day, Millis};

use crate::{Conn, Error, Result, Store};

/// How a person wants pages to look.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Looks {
    /// `auto`, `light`, `dark`.
    pub theme: String,
    /// `plain`, `elder`.
    pub mode: String,
    /// `m`, `l`, `xl`; counts in elder mode.
    pub text_size: String,
}

impl Default for Looks {
    fn default() -> Self {
        Self { theme: "auto".into(), mode: "plain".into(), text_size: "m".into() }
    }
}

/// A person with home, as shown to those who may see it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Person {
    /// The person.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// Name to sign in with, if any.
    pub user_name: Option<String>,
    /// Last four digits of the mobile, if any.
    pub mobile_last4: Option<String>,
    /// `active`, `deactivated`, `merged`.
    pub standing: String,
    /// Locked for sign-in until then.
    pub locked_until: Option<Millis>,
    /// Whether the next sign-in asks for a new password.
    pub must_change_password: bool,
    /// Version of the privacy notice that was acknowledged.
    pub privacy_version: Option<String>,
    /// When.
    pub privacy_at: Option<Millis>,
    /// When the account was made.
    pub created_at: Millis,
    /// Code of the home region.
    pub region: String,
    /// Path of the home region.
    pub path: String,
    /// Main organisation.
    pub organisation: Option<Uuid>,
    /// Its name.
    pub organisation_name: Option<String>,
    /// Post in it.
    pub post: String,
    /// When the street confirmed the home; hours wait until then.
    pub confirmed_at: Option<Millis>,
}

/// One person, whoever asks: the caller asks `domain::permission::may` with what comes back.
pub async fn person(conn: &mut Conn, id: Uuid) -> Result<Option<Person>> {
    conn.query(
        "select p.id, p.name, p.user_name, p.mobile_last4, p.standing, p.locked_until, p.must_change_password, p.privacy_version, p.privacy_at,
                p.created_at, h.region, r.path, h.organisation, o.name as organisation_name, h.post, h.confirmed_at
         from person p join home h on h.person = p.id and h.to_day is null join region r on r.code = h.region
              left join organisation o on o.id = h.organisation
         where p.id = $1",
    )
    .bind(id)
    .fetch_optional()
    .await
}

/// Every grant of a person, past ones too.
pub async fn grants(conn: &mut Conn, person: Uuid) -> Result<Vec<Grant>> {
    let rows: Vec<(i64, String, Day, Option<Day>)> = conn
        .query("select role, region, from_day, to_day from role_grant where person = $1 order by role, region, from_day")
        .bind(person)
        .fetch_all()
        .await?;
    rows.into_iter()
        .map(|(role, region, from, to)| {
            let unreadable = || Error::Corrupt { table: "role_grant", row: person.to_string() };
            Ok(Grant {
                role: Role::of_rank(role).ok_or_else(unreadable)?,
                region: RegionCode::parse(&region).ok_or_else(unreadable)?,
                from,
                to,
            })
        })
        .collect()
}

/// The highest role that holds on `day`.
pub async fn top_role(conn: &mut Conn, person: Uuid, day: Day) -> Result<Option<Role>> {
    Ok(grants(conn, person).await?.into_iter().filter(|g| g.holds(day)).map(|g| g.role).max())
}

/// A grant to be written.
pub(crate) struct NewGrant<'a> {
    pub id: Uuid,
    pub person: Uuid,
    pub role: Role,
    pub region: &'a str,
    pub day: Day,
    pub until: Option<Day>,
    pub by: Option<Uuid>,
    pub at: Millis,
}

/// Writes a grant that begins on its day.
pub(crate) async fn grant(conn: &mut Conn, new: NewGrant<'_>) -> Result<()> {
    conn.query("insert into role_grant (id, person, role, region, from_day, granted_by, granted_at, to_day) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing")
        .bind(new.id)
        .bind(new.person)
        .bind(new.role.rank())
        .bind(new.region.to_owned())
        .bind(new.day)
        .bind(new.by)
        .bind(new.at)
        .bind(new.until)
        .execute()
        .await?;
    Ok(())
}

/// The version of the privacy notice that a person has acknowledged; empty for none.
async fn person_version(conn: &mut Conn, person: Uuid) -> Result<String> {
    let row: Option<(Option<String>,)> =
        conn.query("select privacy_version from person where id = $1").bind(person).fetch_optional().await?;
    Ok(row.and_then(|r| r.0).unwrap_or_default())
}

impl Store {
    /// One person with the place of the home and the highest role today.
    pub async fn person(&self, id: Uuid) -> Result<Option<(Person, domain::permission::Place, Option<Role>)>> {
        let mut conn = self.db.read().await?;
        let Some(person) = person(&mut conn, id).await? else { return Ok(None) };
        let place = crate::place::path_place(&person.path);
        let top = top_role(&mut conn, id, self.today()).await?;
        Ok(Some((person, place, top)))
    }

    /// Notes that a person has read and accepted a version of the privacy notice.
    pub async fn acknowledge_privacy(&self, person: Uuid, version: &str) -> Result<()> {
        let mut change = self.change(Some(person), "privacy.acknowledge", "person", person);
        change.before = person_version(&mut self.db.read().await?, person).await?;
        change.after = version.to_owned();
        self.db
            .unit((person, version.to_owned(), change), |conn, (person, version, change)| {
                Box::pin(async move {
                    let done = conn
                        .query("update person set privacy_version = $1, privacy_at = $2 where id = $3 and (privacy_version is null or privacy_version <> $1)")
                        .bind(version.clone())
                        .bind(change.at)
                        .bind(*person)
                        .execute()
                        .await?;
                    if done > 0 {
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Changes how pages look for a person.
    pub async fn set_looks(&self, person: Uuid, looks: Looks) -> Result<()> {
        self.db
            .unit((person, looks), |conn, (person, looks)| {
                Box::pin(async move {
                    conn.query("update person set theme = $1, mode = $2, text_size = $3 where id = $4")
                        .bind(looks.theme.clone())
                        .bind(looks.mode.clone())
                        .bind(looks.text_size.clone())
                        .bind(*person)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
