//! Sessions: one row a device, opaque tokens of which only the hash is stored.

use domain::Uuid;
use domain::permission::Actor;
use domain::time::Millis;

use super::{Looks, grants};
use crate::{Conn, Result, Store, hash_of};

/// Days that a web session stays valid. A phone stays signed in for half a year.
const WEB_DAYS: i64 = 180;
/// Days that an API token stays valid.
const TOKEN_DAYS: i64 = 30;
/// How stale `seen_at` may be before it is written again.
const SEEN_EVERY_MS: i64 = 3_600_000;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Password.
    Web,
    /// 学员卡: learner role only.
    Card,
    /// One-time 登录码: learner role only.
    Code,
    /// API token.
    Token,
}

impl Kind {
    /// Code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Card => "card",
            Self::Code => "code",
            Self::Token => "token",
        }
    }
}

/// Who is behind a request.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session.
    pub session: Uuid,
    /// How it was opened.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Who, with the grants of today.
    pub actor: Actor,
    /// How pages should look.
    pub looks: Looks,
    /// Home region.
    pub region: String,
    /// Whether a new password is due.
    pub must_change_password: bool,
    /// Version of the privacy notice that the person has acknowledged.
    pub privacy_version: Option<String>,
    /// When the street confirmed the home.
    pub confirmed: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    session: Uuid,
    person: Uuid,
    kind: String,
    seen_at: Millis,
    name: String,
    theme: String,
    mode: String,
    text_size: String,
    region: String,
    must_change_password: bool,
    confirmed_at: Option<Millis>,
    privacy_version: Option<String>,
}

/// A device of a person, for 我的登录.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Device {
    /// The session.
    pub id: Uuid,
    /// How it was opened.
    pub kind: String,
    /// What the browser said it is.
    pub device: String,
    /// When it was opened.
    pub created_at: Millis,
    /// When it was last seen, to the hour.
    pub seen_at: Millis,
}

/// Opens a session inside a unit.
pub(crate) async fn open(conn: &mut Conn, new: &New) -> Result<()> {
    conn.query(
        "insert into session (id, person, token_hash, kind, device, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $6, $7)
         on conflict do nothing",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(hash_of(&new.token))
    .bind(new.kind.code())
    .bind(new.device.clone())
    .bind(new.at)
    .bind(new.at + if new.kind == Kind::Token { TOKEN_DAYS } else { WEB_DAYS } * 86_400_000)
    .execute()
    .await?;
    Ok(())
}

/// A session to be opened.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub id: Uuid,
    pub person: Uuid,
    pub token: String,
    pub kind: Kind,
    pub device: String,
    pub at: Millis,
}

impl Store {
    /// A session for `person` with a fresh token.
    pub(crate) fn new_session(&self, person: Uuid, kind: Kind, device: &str) -> New {
        let device = device.chars().filter(|c| !c.is_control()).take(200).collect();
        New { id: self.new_id(), person, token: self.new_token(), kind, device, at: self.now() }
    }

    /// The visitor behind a token, if its session is open and the account active. A program's token opens the API only, and
    /// a browser's session everything else only.
    pub async fn visitor(&self, token: &str, program: bool) -> Result<Option<Visitor>> {
        if token.len() != 64 {
            return Ok(None);
        }
        let now = self.now();
        let mut conn = self.db.read().await?;
        let row: Option<Row> = conn
            .query(
                "select s.id as session, s.person, s.kind, s.seen_at, p.name, p.theme, p.mode, p.text_size, h.region, p.must_change_password, h.confirmed_at, p.privacy_version
                 from session s join person p on p.id = s.person join home h on h.person = p.id and h.to_day is null
                 where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and p.standing = 'active'",
            )
            .bind(hash_of(token))
            .bind(now)
            .fetch_optional()
            .await?;
        let Some(row) = row.filter(|r| (r.kind == Kind::Token.code()) == program) else { return Ok(None) };
        let grants = grants(&mut conn, row.person).await?;
        drop(conn);
        if now - row.seen_at > SEEN_EVERY_MS {
            self.touch(row.session, now).await?;
        }
        let learner_only = row.kind == Kind::Card.code() || row.kind == Kind::Code.code();
        Ok(Some(Visitor {
            session: row.session,
            kind: row.kind,
            name: row.name,
            actor: Actor::new(row.person, grants, self.today(), learner_only),
            looks: Looks { theme: row.theme, mode: row.mode, text_size: row.text_size },
            region: row.region,
            must_change_password: row.must_change_password,
            privacy_version: row.privacy_version,
            confirmed: row.confirmed_at.is_some(),
        }))
    }

    async fn touch(&self, session: Uuid, now: Millis) -> Result<()> {
        self.db
            .unit((session, now), |conn, (session, now)| {
                Box::pin(async move {
                    conn.query("update session set seen_at = $1 where id = $2 and seen_at < $1")
                        .bind(*now)
                        .bind(*session)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The open sessions of a person, newest first.
    pub async fn devices(&self, person: Uuid) -> Result<Vec<Device>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select id, kind, device, created_at, seen_at from session where person = $1 and revoked_at is null and expires_at > $2 order by seen_at desc, id",
        )
        .bind(person)
        .bind(self.now())
        .fetch_all()
        .await
    }

    /// Ends one session of a person; `false` when it was not theirs or already ended.
    pub async fn end_session(&self, person: Uuid, session: Uuid) -> Result<bool> {
        let change = self.change(Some(person), "session.end", "session", session);
        self.db
            .unit((person, session, change), |conn, (person, session, change)| {
                Box::pin(async move {
                    let ended = conn
                        .query("update session set revoked_at = $1 where id = $2 and person = $3 and revoked_at is null")
                        .bind(change.at)
                        .bind(*session)
                        .bind(*person)
                        .execute()
                        .await?;
                    if ended > 0 {
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(ended > 0)
                })
            })
            .await
    }
}

/// Ends every session of a person except `keep`.
pub(crate) async fn end_all(conn: &mut Conn, person: Uuid, keep: Option<Uuid>, at: Millis) -> Result<u64> {
    conn.query("update session set revoked_at = $1 where person = $2 and revoked_at is null and id <> $3")
        .bind(at)
        .bind(person)
        .bind(keep.unwrap_or_default())
        .execute()
        .await
}
