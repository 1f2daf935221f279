//! Signing in: by user name or mobile with password, by one-time code, by learner card. Attempts are limited by
//! account, never by address.

use domain::Uuid;
use domain::fault::Fault;
use domain::permission::Role;
use domain::person::{Mobile, UserName};
use domain::time::Millis;

use super::session::{self, Kind};
use super::top_role;
use crate::{Conn, Result, Store, hash_of};

/// Wrong passwords before an account locks.
const FAILURES: i64 = 5;
/// How long it stays locked.
const LOCK_MS: i64 = 15 * 60_000;
/// How long a one-time code is valid.
const CODE_MS: i64 = 10 * 60_000;
/// Tries at one code.
const CODE_FAILURES: i64 = 5;
/// How long the question 您是哪一位 stays open.
const CHOICE_MS: i64 = 5 * 60_000;

/// What came of an attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Signed in: the token for the cookie.
    In {
        /// To be stored by the browser only.
        token: String,
    },
    /// Several people share this number and password: which one? (name, one-time secret)
    Which(Vec<(String, String)>),
    /// No such account, or the wrong password: not told apart.
    Wrong,
    /// Too many wrong passwords; opens at this instant.
    Locked {
        /// When it opens.
        until: Millis,
        /// Home region, to say whom to ask.
        region: String,
    },
}

#[derive(sqlx::FromRow)]
struct Candidate {
    id: Uuid,
    name: String,
    password_hash: Option<String>,
    locked_until: Option<Millis>,
    region: String,
}

async fn candidates(conn: &mut Conn, user_name: Option<String>, digest: Option<String>) -> Result<Vec<Candidate>> {
    conn.query(
        "select p.id, p.name, p.password_hash, p.locked_until, h.region from person p join home h on h.person = p.id and h.to_day is null
         where p.standing = 'active' and (p.user_name = $1 or p.mobile_digest = $2) order by p.sort_key, p.id limit 6",
    )
    .bind(user_name)
    .bind(digest)
    .fetch_all()
    .await
}

impl Store {
    /// Signs in with a user name or a mobile number.
    pub async fn sign_in(&self, login: &str, password: &str, device: &str) -> Result<Attempt> {
        self.attempt(login, password, device, Kind::Web).await
    }

    /// The same for a program: the token opens the API, and nothing else.
    pub async fn sign_in_program(&self, login: &str, password: &str, device: &str) -> Result<Attempt> {
        self.attempt(login, password, device, Kind::Token).await
    }

    async fn attempt(&self, login: &str, password: &str, device: &str, kind: Kind) -> Result<Attempt> {
        let mobile = Mobile::parse(login).ok();
        let user_name = if mobile.is_none() { UserName::parse(login).ok() } else { None };
        let found = {
            let mut conn = self.db.read().await?;
            candidates(&mut conn, user_name.map(|u| u.as_str().to_owned()), mobile.map(|m| self.vault.digest(&m))).await?
        };
        let now = self.now();
        if found.is_empty() {
            self.passwords.verify(password, None).await?;
            return Ok(Attempt::Wrong);
        }
        let (open, locked): (Vec<_>, Vec<_>) = found.into_iter().partition(|c| c.locked_until.is_none_or(|until| until <= now));
        if let (true, Some(first)) = (open.is_empty(), locked.first()) {
            return Ok(Attempt::Locked { until: first.locked_until.unwrap_or(now), region: first.region.clone() });
        }
        let mut fits = Vec::new();
        for candidate in &open {
            if self.passwords.verify(password, candidate.password_hash.as_deref()).await? {
                fits.push(candidate);
            }
        }
        match fits.as_slice() {
            [] => {
                let ids: Vec<Uuid> = open.iter().map(|c| c.id).collect();
                self.note_failure(ids).await?;
                let mut conn = self.db.read().await?;
                let row: Option<(Option<Millis>,)> =
                    conn.query("select locked_until from person where id = $1").bind(open[0].id).fetch_optional().await?;
                match row.and_then(|r| r.0) {
                    Some(until) if until > now => Ok(Attempt::Locked { until, region: open[0].region.clone() }),
                    _ => Ok(Attempt::Wrong),
                }
            }
            [one] => Ok(Attempt::In { token: self.open_session(one.id, kind, device).await? }),
            several => {
                let mut which = Vec::new();
                for candidate in several {
                    let secret = self.new_token();
                    self.keep_secret("choice", candidate.id, &secret, None, Some(CHOICE_MS)).await?;
                    which.push((candidate.name.clone(), secret));
                }
                Ok(Attempt::Which(which))
            }
        }
    }

    /// Signs in the person picked after 您是哪一位.
    pub async fn sign_in_as(&self, secret: &str, device: &str) -> Result<Attempt> {
        self.use_secret("choice", secret, Kind::Web, device).await
    }

    /// The same for a program.
    pub async fn sign_in_program_as(&self, secret: &str, device: &str) -> Result<Attempt> {
        self.use_secret("choice", secret, Kind::Token, device).await
    }

    /// Signs in with a learner card: the learner role only, as often as needed until the card is revoked.
    pub async fn sign_in_by_card(&self, secret: &str, device: &str) -> Result<Attempt> {
        self.use_secret("card", secret, Kind::Card, device).await
    }

    /// Signs in with a six-digit code, given with the mobile number or user name it was issued for.
    pub async fn sign_in_by_code(&self, login: &str, code: &str, device: &str) -> Result<Attempt> {
        let mobile = Mobile::parse(login).ok();
        let user_name = if mobile.is_none() { UserName::parse(login).ok() } else { None };
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let people: Vec<Uuid> = {
            let mut conn = self.db.read().await?;
            let found = candidates(&mut conn, user_name.map(|u| u.as_str().to_owned()), mobile.map(|m| self.vault.digest(&m))).await?;
            found.into_iter().map(|c| c.id).collect()
        };
        for person in people {
            let new = self.new_session(person, Kind::Code, device);
            let token = new.token.clone();
            let change = self.change(Some(person), "session.code", "person", person);
            let used = self
                .db
                .unit((new, hash_of(&format!("{person}:{code}")), change), |conn, (new, hash, change)| {
                    Box::pin(async move {
                        let used = conn
                            .query(
                                "update secret set used_at = $1 where kind = 'code' and person = $2 and secret_hash = $3 and used_at is null
                                 and revoked_at is null and expires_at > $1 and failures < $4",
                            )
                            .bind(new.at)
                            .bind(new.person)
                            .bind(hash.clone())
                            .bind(CODE_FAILURES)
                            .execute()
                            .await?;
                        if used == 0 {
                            conn.query("update secret set failures = failures + 1 where kind = 'code' and person = $1 and used_at is null")
                                .bind(new.person)
                                .execute()
                                .await?;
                            return Ok(false);
                        }
                        session::open(conn, new).await?;
                        crate::audit::write(conn, change).await?;
                        Ok(true)
                    })
                })
                .await?;
            if used {
                return Ok(Attempt::In { token });
            }
        }
        Ok(Attempt::Wrong)
    }

    /// Issues a six-digit code for a learner, valid ten minutes; earlier codes end.
    pub async fn issue_code(&self, by: Uuid, person: Uuid) -> Result<String> {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        let code = format!("{:06}", u64::from_le_bytes(random) % 1_000_000);
        self.keep_secret("code", person, &format!("{person}:{code}"), Some(by), Some(CODE_MS)).await?;
        Ok(code)
    }

    /// Makes a learner card: the secret for its QR. Earlier cards of the person end.
    pub async fn issue_card(&self, by: Uuid, person: Uuid) -> Result<String> {
        let secret = self.new_token();
        self.keep_secret("card", person, &secret, Some(by), None).await?;
        Ok(secret)
    }

    /// Ends the card of a person and the sessions that it opened.
    pub async fn revoke_card(&self, by: Uuid, person: Uuid) -> Result<()> {
        let change = self.change(Some(by), "card.revoke", "person", person);
        self.db
            .unit((person, change), |conn, (person, change)| {
                Box::pin(async move {
                    conn.query("update secret set revoked_at = $1 where kind = 'card' and person = $2 and revoked_at is null")
                        .bind(change.at)
                        .bind(*person)
                        .execute()
                        .await?;
                    conn.query("update session set revoked_at = $1 where person = $2 and kind = 'card' and revoked_at is null")
                        .bind(change.at)
                        .bind(*person)
                        .execute()
                        .await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Opens a session for `person` after the right password: earlier failures are forgotten.
    pub(crate) async fn open_session(&self, person: Uuid, kind: Kind, device: &str) -> Result<String> {
        let new = self.new_session(person, kind, device);
        let token = new.token.clone();
        let change = self.change(Some(person), "session.open", "session", new.id);
        self.db
            .unit((new, change), |conn, (new, change)| {
                Box::pin(async move {
                    conn.query("update person set failed_sign_ins = 0, locked_until = null where id = $1")
                        .bind(new.person)
                        .execute()
                        .await?;
                    session::open(conn, new).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await?;
        Ok(token)
    }

    async fn note_failure(&self, people: Vec<Uuid>) -> Result<()> {
        let now = self.now();
        self.db
            .unit((people, now), |conn, (people, now)| {
                Box::pin(async move {
                    for person in people {
                        // The count begins anew after a lock has passed.
                        conn.query(
                            "update person set
                               failed_sign_ins = case when locked_until is not null and locked_until <= $2 then 1 else failed_sign_ins + 1 end,
                               locked_until = case when (locked_until is null or locked_until <= $2) and failed_sign_ins + 1 >= $3 and locked_until is null then $4
                                                   when locked_until is not null and locked_until <= $2 then null else locked_until end
                             where id = $1",
                        )
                        .bind(*person)
                        .bind(*now)
                        .bind(FAILURES)
                        .bind(*now + LOCK_MS)
                        .execute()
                        .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Stores the hash of a secret. Earlier codes and cards of the person end.
    async fn keep_secret(&self, kind: &'static str, person: Uuid, secret: &str, by: Option<Uuid>, valid_ms: Option<i64>) -> Result<()> {
        let (id, now) = (self.new_id(), self.now());
        let action = match kind {
            "code" => "code.issue",
            "card" => "card.issue",
            _ => "sign_in.choice",
        };
        let change = self.change(by, action, "person", person);
        self.db
            .unit((id, kind, person, hash_of(secret), by, now, valid_ms, change), |conn, (id, kind, person, hash, by, now, valid_ms, change)| {
                Box::pin(async move {
                    if *kind != "choice" {
                        conn.query("update secret set revoked_at = $1 where kind = $2 and person = $3 and revoked_at is null and used_at is null")
                            .bind(*now)
                            .bind(*kind)
                            .bind(*person)
                            .execute()
                            .await?;
                        crate::audit::write(conn, change).await?;
                    }
                    conn.query("insert into secret (id, kind, person, secret_hash, created_at, created_by, expires_at, failures) values ($1, $2, $3, $4, $5, $6, $7, 0)")
                        .bind(*id)
                        .bind(*kind)
                        .bind(*person)
                        .bind(hash.clone())
                        .bind(*now)
                        .bind(*by)
                        .bind(valid_ms.map(|ms| *now + ms))
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn use_secret(&self, kind: &'static str, secret: &str, session_kind: Kind, device: &str) -> Result<Attempt> {
        let now = self.now();
        let row: Option<(Uuid, Uuid)> = {
            let mut conn = self.db.read().await?;
            conn.query(
                "select s.id, s.person from secret s join person p on p.id = s.person
                 where s.kind = $1 and s.secret_hash = $2 and s.revoked_at is null and s.used_at is null and (s.expires_at is null or s.expires_at > $3)
                   and p.standing = 'active'",
            )
            .bind(kind)
            .bind(hash_of(secret))
            .bind(now)
            .fetch_optional()
            .await?
        };
        let Some((id, person)) = row else { return Ok(Attempt::Wrong) };
        if kind == "choice" {
            let used = self
                .db
                .unit((id, now), |conn, (id, now)| {
                    Box::pin(async move {
                        conn.query("update secret set used_at = $1 where id = $2 and used_at is null").bind(*now).bind(*id).execute().await
                    })
                })
                .await?;
            if used == 0 {
                return Ok(Attempt::Wrong);
            }
        }
        if kind == "card" {
            // A card opens a learner's session, and nothing for somebody who is more than that.
            let mut conn = self.db.read().await?;
            if top_role(&mut conn, person, self.today()).await?.is_none_or(|top| top > Role::Learner) {
                return Ok(Attempt::Wrong);
            }
        }
        Ok(Attempt::In { token: self.open_session(person, session_kind, device).await? })
    }

    /// Changes the own password; ends every other session.
    pub async fn change_password(&self, person: Uuid, session: Uuid, old: &str, new: &str) -> Result<()> {
        use domain::fault::{FieldFault, Rule};
        let row: Option<(Option<String>, Option<String>, String)> = {
            let mut conn = self.db.read().await?;
            conn.query("select password_hash, user_name, name from person where id = $1").bind(person).fetch_optional().await?
        };
        let (hash, user_name, name) = row.ok_or(Fault::Missing)?;
        domain::person::check_password(new, &[user_name.as_deref().unwrap_or_default(), &name])
            .map_err(|rule| Fault::Invalid(vec![FieldFault::new("new_password", rule)]))?;
        if hash.is_some() && !self.passwords.verify(old, hash.as_deref()).await? {
            return Err(Fault::Invalid(vec![FieldFault::new("old_password", Rule::Wrong)]).into());
        }
        let hash = self.hash_password(new).await?;
        let change = self.change(Some(person), "password.change", "person", person);
        self.db
            .unit((person, session, hash, change), |conn, (person, session, hash, change)| {
                Box::pin(async move {
                    conn.query("update person set password_hash = $1, must_change_password = $2 where id = $3")
                        .bind(hash.clone())
                        .bind(false)
                        .bind(*person)
                        .execute()
                        .await?;
                    session::end_all(conn, *person, Some(*session), change.at).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// How many people wait to sign in, and the seconds that one more would wait.
    pub fn sign_in_queue(&self) -> (usize, u64) {
        self.passwords.queue()
    }

    /// Hashes a password with fresh salt.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String> {
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt);
        self.passwords.hash(password, salt).await
    }
}
