//! Rooms: a class plays by one seed, each on their own device; a group goes one run together.

use domain::Uuid;
use domain::fault::Fault;
use domain::scenario::RunKind;
use domain::time::Millis;

use super::run::{Starting, add_player, start};
use crate::{Conn, Result, Store};

/// A room.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Room {
    /// The room.
    pub id: Uuid,
    /// Six digits by which people come in.
    pub code: String,
    /// `class` or `group`.
    pub kind: String,
    /// Key of the scenario.
    pub scenario: String,
    /// Course code.
    pub course: String,
    /// The edition that is played.
    pub edition: Uuid,
    /// The seed of everybody in it.
    pub seed: i64,
    /// Who opened it.
    pub opened_by: Uuid,
    /// When.
    pub opened_at: Millis,
    /// When it was closed.
    pub closed_at: Option<Millis>,
}

struct Opening {
    room: Room,
    class: Option<Uuid>,
    run: Option<Starting>,
}

struct Coming {
    person: Uuid,
    room: Room,
    starting: Starting,
    most: i64,
}

/// Wrong codes a person may try in a while.
const TRIES: i64 = 10;
/// That while.
const TRIES_MS: Millis = 10 * 60_000;

impl Store {
    /// Opens a room for a class of the scenario's course. The id is the form's.
    pub async fn open_class_room(&self, by: Uuid, key: &str, id: Uuid) -> Result<Room> {
        self.open_room(by, key, id, "class").await
    }

    /// Starts a group run: the one who starts it reports, others come in by the code.
    pub async fn open_group(&self, by: Uuid, key: &str, id: Uuid) -> Result<Room> {
        self.open_room(by, key, id, "group").await
    }

    async fn open_room(&self, by: Uuid, key: &str, id: Uuid, kind: &'static str) -> Result<Room> {
        let list = self.scenarios().await?;
        let agencies = self.agencies(by).await?;
        let card = list.iter().find(|c| c.key == key).ok_or(Fault::Missing)?;
        // What is not open to everybody here is opened to a class by those who wrote it.
        let allowed = card.is_open_to(&agencies) || (kind == "class" && self.wrote(by, key).await?);
        if !allowed {
            return Err(Fault::Missing.into());
        }
        let class = self.open_class(&card.course).await?.map(|c| c.id);
        let seed = self.new_seed();
        let room = Room {
            id,
            code: format!("{:06}", self.new_seed() % 1_000_000),
            kind: kind.to_owned(),
            scenario: card.key.clone(),
            course: card.course.clone(),
            edition: card.edition,
            seed,
            opened_by: by,
            opened_at: self.now(),
            closed_at: None,
        };
        let run = match kind {
            "group" => {
                let run = self.starting(by, self.new_id(), card, RunKind::Group).await?;
                Some(Starting { seed, room: Some(id), ..run })
            }
            _ => None,
        };
        self.db.serializable(Opening { room, class, run }, |conn, opening| Box::pin(async move { open(conn, opening).await })).await
    }

    /// The room with this id.
    pub async fn room(&self, id: Uuid) -> Result<Room> {
        let mut conn = self.db.read().await?;
        room(&mut conn, id).await?.ok_or_else(|| Fault::Missing.into())
    }

    /// The rooms of a class of a course, newest first.
    pub async fn class_rooms(&self, course: &str) -> Result<Vec<Room>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select id, code, kind, scenario, course, edition, seed, opened_by, opened_at, closed_at from scenario_room
             where course = $1 and kind = 'class' order by opened_at desc, id limit 50",
        )
        .bind(course.to_owned())
        .fetch_all()
        .await
    }

    /// Closes a room: nobody comes in any more; who is in plays on.
    pub async fn close_room(&self, id: Uuid) -> Result<()> {
        self.db
            .unit((id, self.now()), |conn, (id, at)| {
                Box::pin(async move {
                    conn.query("update scenario_room set closed_at = $1 where id = $2 and closed_at is null")
                        .bind(*at)
                        .bind(*id)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn note_wrong_code(&self, person: Uuid) -> Result<()> {
        self.db
            .unit((self.new_id(), person, self.now()), |conn, (id, person, at)| {
                Box::pin(async move {
                    conn.query("delete from wrong_code where person = $1 and at < $2").bind(*person).bind(*at - TRIES_MS).execute().await?;
                    conn.query("insert into wrong_code (id, person, at) values ($1, $2, $3)")
                        .bind(*id)
                        .bind(*person)
                        .bind(*at)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Comes into the room with this code: in a class with a run of one's own on its seed, in a group into its run.
    pub async fn come_in(&self, person: Uuid, code: &str, id: Uuid) -> Result<Uuid> {
        let found: Option<Room> = {
            let mut conn = self.db.read().await?;
            let since = self.now() - TRIES_MS;
            let (wrong,): (i64,) =
                conn.query("select count(*) from wrong_code where person = $1 and at > $2").bind(person).bind(since).fetch_one().await?;
            if wrong >= TRIES {
                return Err(Fault::Refused("too_many_codes".into()).into());
            }
            conn.query(
                "select id, code, kind, scenario, course, edition, seed, opened_by, opened_at, closed_at from scenario_room
                 where code = $1 and closed_at is null",
            )
            .bind(code.to_owned())
            .fetch_optional()
            .await?
        };
        let Some(room) = found else {
            self.note_wrong_code(person).await?;
            return Err(Fault::Invalid(vec![domain::fault::FieldFault::new("code", domain::fault::Rule::Unknown)]).into());
        };
        let list = self.scenarios().await?;
        let card = list.iter().find(|c| c.key == room.scenario).ok_or(Fault::Missing)?;
        let starting = self.starting(person, id, card, RunKind::Class).await?;
        let starting = Starting { edition: room.edition, seed: room.seed, room: Some(room.id), ..starting };
        let most = self.simulation_policy().await?.group_most;
        let coming = Coming { person, room, starting, most };
        self.db.serializable(coming, |conn, coming| Box::pin(async move { come(conn, coming).await })).await
    }
}

async fn room(conn: &mut Conn, id: Uuid) -> Result<Option<Room>> {
    conn.query("select id, code, kind, scenario, course, edition, seed, opened_by, opened_at, closed_at from scenario_room where id = $1")
        .bind(id)
        .fetch_optional()
        .await
}

async fn open(conn: &mut Conn, opening: &Opening) -> Result<Room> {
    let new = &opening.room;
    if let Some(known) = room(conn, new.id).await? {
        return if known.opened_by == new.opened_by { Ok(known) } else { Err(Fault::Conflict.into()) };
    }
    let made = conn
        .query(
            "insert into scenario_room (id, code, kind, scenario, edition, course, class, seed, opened_by, opened_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        )
        .bind(new.id)
        .bind(new.code.clone())
        .bind(new.kind.clone())
        .bind(new.scenario.clone())
        .bind(new.edition)
        .bind(new.course.clone())
        .bind(opening.class)
        .bind(new.seed)
        .bind(new.opened_by)
        .bind(new.opened_at)
        .execute()
        .await?;
    if made == 0 {
        // The code is taken: one in a million; the next try draws another.
        return Err(Fault::Conflict.into());
    }
    if let Some(run) = &opening.run {
        start(conn, run).await?;
    }
    Ok(new.clone())
}

async fn come(conn: &mut Conn, coming: &Coming) -> Result<Uuid> {
    let in_it: Option<(Uuid,)> = conn
        .query("select r.id from scenario_player s join scenario_run r on r.id = s.run where r.room = $1 and s.person = $2 order by r.started_at, r.id limit 1")
        .bind(coming.room.id)
        .bind(coming.person)
        .fetch_optional()
        .await?;
    if let Some((run,)) = in_it {
        return Ok(run);
    }
    if coming.room.kind == "class" {
        return start(conn, &coming.starting).await;
    }
    let run: (Uuid, i64) = conn
        .query(
            "select r.id, (select count(*) from scenario_player s where s.run = r.id) from scenario_run r
             where r.room = $1 and r.kind = 'group' and r.ended_at is null",
        )
        .bind(coming.room.id)
        .fetch_optional()
        .await?
        .ok_or_else(|| Fault::Refused("group_ended".into()))?;
    if run.1 >= coming.most {
        return Err(Fault::Refused("group_full".into()).into());
    }
    add_player(conn, run.0, coming.person, &coming.room.course, coming.starting.at).await?;
    Ok(run.0)
}
