//! What other replicas tell: messages, and that some may have been missed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::RedisError;
use tokio::sync::mpsc::Sender;

use super::SharedTier;

/// How often a quiet connection is asked whether it is still there.
const ASK: Duration = Duration::from_secs(1);
/// No answer for so long: it is not.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(250);

/// What is heard on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Message(Vec<u8>),
    /// The connection was away: what was told meanwhile is lost.
    Gap,
}

/// Hands on everything that is told on a channel, until nobody wants it any more.
pub async fn hear(tier: Arc<SharedTier>, channel: String, heard: Sender<Heard>) {
    while !heard.is_closed() {
        // Broken or refused: the same pause, and whoever listens is told when it goes on.
        let _ended: Result<(), RedisError> = listen(&tier, &channel, &heard).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(tier: &SharedTier, channel: &str, heard: &Sender<Heard>) -> Result<(), RedisError> {
    let lost = || RedisError::from((redis::ErrorKind::Io, "no answer"));
    let mut listening = tokio::time::timeout(PATIENCE, tier.dialer.listen()).await.map_err(|_| lost())??;
    tokio::time::timeout(PATIENCE, listening.subscribe(channel)).await.map_err(|_| lost())??;
    // From here on nothing is missed; what was told before, while nobody listened, may have been.
    heard.send(Heard::Gap).await.map_err(|_| lost())?;
    let (mut sink, mut messages) = listening.split();
    loop {
        match tokio::time::timeout(ASK, messages.next()).await {
            Ok(Some(message)) => {
                let message = Heard::Message(message.get_payload_bytes().to_vec());
                heard.send(message).await.map_err(|_| lost())?;
            }
            Ok(None) => return Err(lost()),
            Err(_) => {
                let asked = tokio::time::timeout(PATIENCE, sink.ping::<redis::Value>()).await;
                asked.map_err(|_| lost())??;
            }
        }
    }
}
