//! Listens for changes on a connection of its own. No change is missed: a lost connection is reported like a
//! change, and the callback queries the store.

use super::address::CONNECT;
use super::connect::connect;
use super::fault::PostgresError;
use super::pool::{ConnectionPool, runtime};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::AsyncMessage;

/// The channel that every change notifies.
pub(super) const CHANNEL: &str = "heistctl";
/// The pause before a lost connection is opened again.
const PAUSE: Duration = Duration::from_secs(1);
/// The idle time after which the connection is probed.
const SILENCE: Duration = Duration::from_secs(10);

enum Notification {
    /// The store was changed.
    Change,
    /// The connection was lost.
    Cut,
    /// The sender of `ended` was dropped.
    Ended,
}

/// Listens until the sender of `ended` is dropped.
pub(super) fn listen(pool: &ConnectionPool, told: &(dyn Fn() + Send), mut ended: oneshot::Receiver<()>) {
    let Ok(runtime) = runtime() else { return };
    runtime.block_on(async {
        loop {
            // The next query of the store reports the cause.
            if let Ok(Notification::Ended) = hear(pool, told, &mut ended).await {
                return;
            }
            if timeout(PAUSE, &mut ended).await.is_ok() {
                return;
            }
        }
    });
    runtime.shutdown_background();
}

async fn hear(
    pool: &ConnectionPool,
    told: &(dyn Fn() + Send),
    ended: &mut oneshot::Receiver<()>,
) -> Result<Notification, PostgresError> {
    let (client, mut connection) = connect(&pool.address, &pool.tls).await?;
    let (sender, mut changes) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) && sender.send(()).is_err() {
                return;
            }
        }
    });
    let listen = format!("LISTEN {CHANNEL}");
    timeout(CONNECT, client.batch_execute(&listen)).await.map_err(|_| PostgresError::Late)??;
    told();
    loop {
        match timeout(SILENCE, next(&mut changes, ended)).await {
            Ok(Notification::Change) => told(),
            Ok(other) => return Ok(other),
            Err(_) => {
                timeout(CONNECT, client.check_connection()).await.map_err(|_| PostgresError::Late)??
            }
        }
    }
}

/// The next event.
async fn next(changes: &mut UnboundedReceiver<()>, ended: &mut oneshot::Receiver<()>) -> Notification {
    poll_fn(|context| {
        if Pin::new(&mut *ended).poll(context).is_ready() {
            return Poll::Ready(Notification::Ended);
        }
        changes
            .poll_recv(context)
            .map(|change| if change.is_some() { Notification::Change } else { Notification::Cut })
    })
    .await
}

/// Starts listening on a thread of its own.
pub(super) fn start(pool: Arc<ConnectionPool>, told: Box<dyn Fn() + Send>) -> Option<oneshot::Sender<()>> {
    let (sender, ended) = oneshot::channel();
    let thread = std::thread::Builder::new().name("listener".to_owned());
    // Without the thread, changes are seen with the next poll.
    thread.spawn(move || listen(&pool, told.as_ref(), ended)).ok().map(|_| sender)
}
