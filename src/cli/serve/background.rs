//! Work that nobody waits for, on a thread of its own that gives way to those that answer.

use tokio::sync::oneshot;

/// How far such a thread stands back (`nice`, 0 to 19). Where every core is busy it gets a quarter of one: a catalogue takes
/// four times as long then, and requests hardly wait for it. Much further back it would not come into use in a busy hour.
const NICE: i32 = 5;

/// What comes of some work; `None`: it ended in a panic, or the system gives no thread.
pub async fn in_background<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, waiting) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Of this thread alone, and of those that it starts. Where it is refused the work is only less polite.
        let _ = rustix::process::setpriority_process(None, NICE);
        // Whoever waited may be gone.
        let _ = done.send(work());
    });
    thread.ok()?;
    waiting.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_in_the_background_stands_back_and_what_comes_of_it_is_given() {
        let nice = || rustix::process::getpriority_process(None).ok();
        let before = nice();
        assert_eq!(in_background("test", nice).await, Some(Some(NICE)));
        assert_eq!(nice(), before, "only the thread of the work stands back");
    }

    #[tokio::test]
    async fn work_that_breaks_off_gives_nothing() {
        assert_eq!(in_background("test", || panic!("planned")).await, None::<()>);
    }
}
