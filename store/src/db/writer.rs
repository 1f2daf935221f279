//! The one writer of the embedded database: units in order, each in a savepoint, up to 64 in one commit.

use std::any::Any;
use std::sync::{Arc, Mutex};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{Conn, Error, Result, Work, migrate};

/// Most units in one commit.
const GROUP: usize = 64;
/// Units waiting before callers have to wait themselves.
const QUEUE: usize = 4_096;

type Answer = Result<Box<dyn Any + Send>>;

trait Job: Send + Sync {
    fn run<'c>(&'c self, conn: &'c mut Conn) -> Work<'c, Box<dyn Any + Send>>;
}

struct UnitJob<I, T> {
    input: I,
    work: for<'c> fn(&'c mut Conn, &'c I) -> Work<'c, T>,
}

impl<I: Send + Sync + 'static, T: Send + 'static> Job for UnitJob<I, T> {
    fn run<'c>(&'c self, conn: &'c mut Conn) -> Work<'c, Box<dyn Any + Send>> {
        Box::pin(async move { Ok(Box::new((self.work)(conn, &self.input).await?) as Box<dyn Any + Send>) })
    }
}

struct Order {
    job: Box<dyn Job>,
    answer: oneshot::Sender<Answer>,
}

/// Handle of the writer task. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    orders: Arc<Mutex<Option<mpsc::Sender<Order>>>>,
    ended: Arc<tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>>,
}

impl Writer {
    /// Opens the connection, migrates the schema, and starts the task.
    pub(super) async fn start(options: &SqliteConnectOptions) -> Result<Self> {
        let mut conn = SqliteConnection::connect_with(options).await?;
        migrate::sqlite(&mut conn).await?;
        let (orders, inbox) = mpsc::channel(QUEUE);
        let task = tokio::spawn(write(conn, inbox));
        Ok(Self { orders: Arc::new(Mutex::new(Some(orders))), ended: Arc::new(tokio::sync::Mutex::new(Some(task))) })
    }

    /// Hands in a unit and waits for its commit.
    pub(super) async fn unit<I, T>(&self, input: I, work: for<'c> fn(&'c mut Conn, &'c I) -> Work<'c, T>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let closed = || Error::Database(sqlx::Error::PoolClosed);
        let orders = self.orders.lock().ok().and_then(|o| o.clone()).ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        orders.send(Order { job: Box::new(UnitJob { input, work }), answer }).await.map_err(|_| closed())?;
        drop(orders);
        let value = answered.await.map_err(|_| closed())??;
        Ok(*value.downcast().expect("a unit answers with its own type"))
    }

    /// Lets the task finish what is waiting, and ends it.
    pub(super) async fn close(&self) {
        if let Ok(mut orders) = self.orders.lock() {
            orders.take();
        }
        if let Some(task) = self.ended.lock().await.take() {
            task.await.ok();
        }
    }
}

async fn write(conn: SqliteConnection, mut inbox: mpsc::Receiver<Order>) {
    let mut conn = Conn::SqliteWriter(Box::new(conn));
    let mut waiting = Vec::with_capacity(GROUP);
    while inbox.recv_many(&mut waiting, GROUP).await > 0 {
        let group = std::mem::take(&mut waiting);
        if let Err(error) = plain(&mut conn, "begin immediate").await {
            refuse(group.into_iter().map(|o| o.answer), &error);
            continue;
        }
        let mut done: Vec<(oneshot::Sender<Answer>, Answer)> = Vec::with_capacity(group.len());
        for order in group {
            let outcome = in_savepoint(&mut conn, order.job.as_ref()).await;
            done.push((order.answer, outcome));
        }
        match plain(&mut conn, "commit").await {
            Ok(()) => done.into_iter().for_each(|(answer, outcome)| drop(answer.send(outcome))),
            Err(error) => {
                plain(&mut conn, "rollback").await.ok();
                refuse(done.into_iter().map(|(answer, _)| answer), &error);
            }
        }
    }
    if let Conn::SqliteWriter(conn) = conn {
        conn.close().await.ok();
    }
}

async fn in_savepoint(conn: &mut Conn, job: &dyn Job) -> Answer {
    plain(conn, "savepoint unit").await?;
    let outcome = job.run(conn).await;
    if outcome.is_err() {
        plain(conn, "rollback to unit").await?;
    }
    plain(conn, "release unit").await?;
    outcome
}

async fn plain(conn: &mut Conn, sql: &'static str) -> Result<()> {
    let Conn::SqliteWriter(conn) = conn else { unreachable!("the writer has its own connection") };
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **conn).await?;
    Ok(())
}

/// Tells everyone in a failed group; the first cause is in the log.
fn refuse(answers: impl Iterator<Item = oneshot::Sender<Answer>>, error: &Error) {
    tracing::error!(%error, "a group of units was not written");
    for answer in answers {
        answer.send(Err(Error::Database(sqlx::Error::Io(std::io::Error::other(error.to_string()))))).ok();
    }
}
