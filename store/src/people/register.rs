//! Making accounts: by oneself, by a community worker for somebody else, by the set-up link, and for the demo.

use domain::Uuid;
use domain::fault::{Fault, Findings, Rule};
use domain::permission::Role;
use domain::person::{Mobile, PersonName, UserName, check_password};
use domain::region::RegionLevel;

use super::{NewGrant, grant};
use crate::{Conn, Error, Result, Store, audit, hash_of, place, words};

/// A form to join, as typed.
#[derive(Debug, Clone, Default)]
pub struct Joining {
    /// Made by the form, so that sending twice makes one account.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Mobile number; may stay empty when somebody else registers the person.
    pub mobile: String,
    /// Password; may stay empty when somebody else registers the person (a code or card signs in).
    pub password: String,
    /// Code of the community, or of the street when the community was not found.
    pub region: String,
    /// Id of an organisation chosen from the list; empty for none or a typed one.
    pub organisation_id: String,
    /// Organisation as typed; may stay empty, and counts when none was chosen.
    pub organisation: String,
    /// Post: `leader`, `backbone`, `practitioner`, `resident`.
    pub post: String,
    /// Version of the privacy notice that was shown.
    pub privacy_version: String,
    /// Whether it was acknowledged.
    pub privacy: bool,
}

/// The posts that a person may have in an organisation.
pub const POSTS: [&str; 4] = ["leader", "backbone", "practitioner", "resident"];

/// An account to be written.
pub(crate) struct NewPerson {
    pub id: Uuid,
    pub home: Uuid,
    pub grant: Uuid,
    pub organisation_id: Uuid,
    pub name: String,
    pub user_name: Option<String>,
    pub password_hash: Option<String>,
    pub must_change: bool,
    pub mobile: Option<super::vault::Sealed>,
    pub region: String,
    pub organisation: String,
    pub chosen: Option<Uuid>,
    pub post: String,
    pub role: Role,
    pub role_region: String,
    pub by: Option<Uuid>,
    pub confirmed: bool,
    pub privacy_version: Option<String>,
    pub day: i64,
    pub change: audit::Change,
}

/// Writes an account with home, role and, if typed, the organisation. `false` when the id is already there.
pub(crate) async fn write(conn: &mut Conn, new: &NewPerson) -> Result<bool> {
    let at = new.change.at;
    let made = conn
        .query(
            "insert into person (id, name, sort_key, initials, user_name, password_hash, mobile_cipher, mobile_digest, mobile_last4, mobile_key,
               mobile_algorithm, standing, failed_sign_ins, must_change_password, theme, mode, text_size, privacy_version, privacy_at, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', 0, $12, 'auto', 'plain', 'm', $13, $14, $15, $16)
             on conflict (id) do nothing",
        )
        .bind(new.id)
        .bind(new.name.clone())
        .bind(words::sort_key(&new.name))
        .bind(words::initials(&new.name))
        .bind(new.user_name.clone())
        .bind(new.password_hash.clone())
        .bind(new.mobile.as_ref().map(|m| m.cipher.clone()))
        .bind(new.mobile.as_ref().map(|m| m.digest.clone()))
        .bind(new.mobile.as_ref().map(|m| m.last4.clone()))
        .bind(new.mobile.as_ref().map(|m| m.key_id.clone()))
        .bind(new.mobile.as_ref().map(|_| super::vault::ALGORITHM))
        .bind(new.must_change)
        .bind(new.privacy_version.clone())
        .bind(new.privacy_version.as_ref().map(|_| at))
        .bind(at)
        .bind(new.by)
        .execute()
        .await?;
    if made == 0 {
        return Ok(false);
    }
    let organisation = match new.chosen {
        Some(id) => Some(id),
        None => organisation_named(conn, new.organisation_id, &new.region, &new.organisation, new.confirmed, &new.change).await?,
    };
    conn.query("insert into home (id, person, region, organisation, post, from_day, confirmed_at, confirmed_by) values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(new.home)
        .bind(new.id)
        .bind(new.region.clone())
        .bind(organisation)
        .bind(new.post.clone())
        .bind(new.day)
        .bind(new.confirmed.then_some(at))
        .bind(new.by.filter(|_| new.confirmed))
        .execute()
        .await?;
    let held =
        NewGrant { id: new.grant, person: new.id, role: new.role, region: &new.role_region, day: new.day, until: None, by: new.by, at };
    grant(conn, held).await?;
    audit::write(conn, &new.change).await?;
    Ok(true)
}

/// The organisation of that name in the region, made if there is none: as `typed` until somebody confirms it.
pub(crate) async fn organisation_named(
    conn: &mut Conn,
    id: Uuid,
    region: &str,
    name: &str,
    confirmed: bool,
    change: &audit::Change,
) -> Result<Option<Uuid>> {
    if name.is_empty() {
        return Ok(None);
    }
    let known: Option<(Uuid,)> = conn
        .query("select id from organisation where region = $1 and name = $2 and standing <> 'withdrawn' order by id")
        .bind(region.to_owned())
        .bind(name.to_owned())
        .fetch_optional()
        .await?;
    if let Some((id,)) = known {
        if confirmed {
            conn.query("update organisation set standing = 'confirmed' where id = $1 and standing = 'typed'").bind(id).execute().await?;
        }
        return Ok(Some(id));
    }
    conn.query(
        "insert into organisation (id, region, name, sort_key, standing, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(region.to_owned())
    .bind(name.to_owned())
    .bind(words::sort_key(name))
    .bind(if confirmed { "confirmed" } else { "typed" })
    .bind(change.at)
    .bind(change.actor)
    .execute()
    .await?;
    Ok(Some(id))
}

impl Store {
    /// Registers a learner. `by` is the community worker or officer who does it for them, already asked for permission on
    /// the region; such a home is confirmed from the start.
    pub async fn register(&self, form: &Joining, by: Option<Uuid>) -> Result<Uuid> {
        let mut findings = Findings::default();
        let name = findings.take("name", PersonName::parse(&form.name));
        let mobile =
            if by.is_some() && form.mobile.trim().is_empty() { None } else { findings.take("mobile", Mobile::parse(&form.mobile)) };
        if by.is_none() {
            findings.take("password", check_password(&form.password, &[form.name.trim(), form.mobile.trim()]));
            if !form.privacy {
                findings.add("privacy", Rule::Required);
            }
        }
        if !POSTS.contains(&form.post.as_str()) {
            findings.add("post", Rule::Required);
        }
        let organisation = form.organisation.split_whitespace().collect::<Vec<_>>().join(" ");
        if organisation.chars().count() > 60 {
            findings.add("organisation", Rule::TooLong);
        }
        let node = {
            let mut conn = self.db.read().await?;
            place::node(&mut conn, &form.region).await?
        };
        match &node {
            None if form.region.is_empty() => findings.add("region", Rule::Required),
            Some(node) if matches!(RegionLevel::parse(&node.level), Some(RegionLevel::Township | RegionLevel::Community)) => {}
            _ => findings.add("region", Rule::Unknown),
        }
        let digest = mobile.as_ref().map(|m| self.vault.digest(m));
        if let Some(name) = &name
            && self.same_name_and_mobile(&mut self.db.read().await?, name.as_str(), digest, form.id).await?
        {
            findings.add("mobile", Rule::Taken);
        }
        let chosen = super::home::chosen(&mut self.db.read().await?, &form.region, &form.organisation_id).await;
        let chosen = findings.take("organisation_id", chosen).flatten();
        findings.done()?;
        let name = name.ok_or(Fault::Missing)?;
        let password_hash = if form.password.is_empty() { None } else { Some(self.hash_password(&form.password).await?) };
        let user_name = match mobile {
            Some(_) => None,
            None => Some(self.free_user_name(name.as_str()).await?),
        };
        let mut change = self.change(by.or(Some(form.id)), "person.register", "person", form.id);
        change.region = Some(form.region.clone());
        change.after = format!("{} {}", form.post, form.region);
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce);
        let new = NewPerson {
            id: form.id,
            home: self.new_id(),
            grant: self.new_id(),
            organisation_id: self.new_id(),
            name: name.as_str().to_owned(),
            user_name,
            password_hash,
            must_change: false,
            mobile: mobile.map(|m| self.vault.seal(&m, nonce)),
            region: form.region.clone(),
            organisation,
            chosen,
            post: form.post.clone(),
            role: Role::Learner,
            role_region: form.region.clone(),
            by,
            confirmed: by.is_some(),
            privacy_version: form.privacy.then(|| form.privacy_version.clone()),
            day: self.today(),
            change,
        };
        self.db.unit(new, |conn, new| Box::pin(async move { write(conn, new).await })).await?;
        Ok(form.id)
    }

    /// A user name nobody has: initials and four digits.
    async fn free_user_name(&self, name: &str) -> Result<String> {
        let letters: String = words::initials(name).chars().filter(char::is_ascii_lowercase).take(8).collect();
        let stem = if letters.len() < 2 { "xueyuan".to_owned() } else { letters };
        for _ in 0..50 {
            let candidate = format!("{stem}{:04}", self.new_seed() % 10_000);
            if UserName::parse(&candidate).is_ok() && self.user_name_is_free(&candidate).await? {
                return Ok(candidate);
            }
        }
        Err(Error::Fault(Fault::Busy))
    }

    async fn user_name_is_free(&self, user_name: &str) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let taken: Option<(Uuid,)> =
            conn.query("select id from person where user_name = $1").bind(user_name.to_owned()).fetch_optional().await?;
        Ok(taken.is_none())
    }

    /// Makes an account with a role and a user name: the first administrator, the sample people of a demo.
    #[allow(clippy::too_many_arguments, reason = "one call site a caller, all of them named values")]
    pub async fn make_account(
        &self,
        name: &str,
        user_name: &str,
        password: &str,
        role: Role,
        home: &str,
        scope: &str,
        organisation: &str,
        by: Option<Uuid>,
    ) -> Result<Uuid> {
        let mut findings = Findings::default();
        let name = findings.take("name", PersonName::parse(name));
        let user_name = findings.take("user_name", UserName::parse(user_name));
        findings.take("password", check_password(password, &[user_name.as_ref().map_or("", UserName::as_str)]));
        if let Some(user_name) = &user_name
            && !self.user_name_is_free(user_name.as_str()).await?
        {
            findings.add("user_name", Rule::Taken);
        }
        findings.done()?;
        let (name, user_name) = name.zip(user_name).ok_or(Fault::Missing)?;
        let id = self.new_id();
        let mut change = self.change(by, "person.make", "person", id);
        change.after = format!("{} {scope}", role.code());
        let new = NewPerson {
            id,
            home: self.new_id(),
            grant: self.new_id(),
            organisation_id: self.new_id(),
            name: name.as_str().to_owned(),
            user_name: Some(user_name.as_str().to_owned()),
            password_hash: Some(self.hash_password(password).await?),
            must_change: false,
            mobile: None,
            region: home.to_owned(),
            organisation: organisation.to_owned(),
            chosen: None,
            post: if role == Role::Learner { "leader" } else { "resident" }.into(),
            role,
            role_region: scope.to_owned(),
            by,
            confirmed: true,
            privacy_version: None,
            day: self.today(),
            change,
        };
        self.db.unit(new, |conn, new| Box::pin(async move { write(conn, new).await })).await?;
        Ok(id)
    }

    /// Whether anybody has an account.
    pub async fn has_people(&self) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let one: Option<(Uuid,)> = conn.query("select id from person limit 1").fetch_optional().await?;
        Ok(one.is_some())
    }

    /// Issues the one-time link for the first administrator; earlier links end.
    pub async fn issue_setup(&self) -> Result<String> {
        let secret = self.new_token();
        self.db
            .unit((self.new_id(), hash_of(&secret), self.now()), |conn, (id, hash, now)| {
                Box::pin(async move {
                    conn.query("update secret set revoked_at = $1 where kind = 'setup' and revoked_at is null")
                        .bind(*now)
                        .execute()
                        .await?;
                    conn.query("insert into secret (id, kind, secret_hash, created_at, failures) values ($1, 'setup', $2, $3, 0)")
                        .bind(*id)
                        .bind(hash.clone())
                        .bind(*now)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await?;
        Ok(secret)
    }

    /// Whether a set-up link is still good: unused, and nobody has an account yet.
    pub async fn setup_is_open(&self, secret: &str) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let row: Option<(Uuid,)> = conn
            .query("select id from secret where kind = 'setup' and secret_hash = $1 and used_at is null and revoked_at is null")
            .bind(hash_of(secret))
            .fetch_optional()
            .await?;
        drop(conn);
        Ok(row.is_some() && !self.has_people().await?)
    }

    /// Makes the first administrator by the set-up link, once.
    pub async fn set_up(&self, secret: &str, name: &str, user_name: &str, password: &str) -> Result<Uuid> {
        if !self.setup_is_open(secret).await? {
            return Err(Fault::Missing.into());
        }
        let city = place::city(&mut self.db.read().await?).await?;
        let id = self.make_account(name, user_name, password, Role::Administrator, &city, &city, "", None).await?;
        self.db
            .unit((hash_of(secret), self.now()), |conn, (hash, now)| {
                Box::pin(async move {
                    conn.query("update secret set used_at = $1 where kind = 'setup' and secret_hash = $2")
                        .bind(*now)
                        .bind(hash.clone())
                        .execute()
                        .await
                })
            })
            .await?;
        Ok(id)
    }
}
