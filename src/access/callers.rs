//! The callers in use, and how they are replaced while the service runs (keys rotate without a restart).

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::api_key::StoredKey;
use super::key_source::KeySource;
use super::licence::Licence;
use crate::citizen::Attribute;
use crate::config::{
    CallerSettings, CertificateName, JwtSettings, Pattern, Problem, QuotaSettings, TokenKeys, read_callers,
};

/// A caller whose tokens are accepted: what they must say, and the keys that they are checked with.
pub struct TokenIssuer {
    pub settings: JwtSettings,
    pub keys: Arc<KeySource>,
}

/// One caller.
pub struct Caller {
    pub name: String,
    pub licence: Licence,
    pub quota: QuotaSettings,
    /// Least log-in strength for look-ups; only tokens can claim one.
    pub strength: Option<u8>,
    pub certificates: Vec<CertificateName>,
    pub issuer: Option<TokenIssuer>,
    keys: usize,
}

impl Caller {
    /// Whether a certificate alone names this caller. With keys or tokens configured it is needed besides them.
    pub fn by_certificate_alone(&self) -> bool {
        self.keys == 0 && self.issuer.is_none() && !self.certificates.is_empty()
    }
}

/// All callers of one reading of the file.
#[derive(Default)]
pub struct Callers {
    pub list: Vec<Arc<Caller>>,
    /// Every live key and whose it is.
    pub keys: Vec<StoredKey>,
}

impl Callers {
    /// The callers as configured. Key sources of `before` are kept where they are the same, with what they hold.
    ///
    /// # Errors
    /// Every problem that only shows beyond the file: key files, attributes that nobody has.
    pub fn build(settings: &[CallerSettings], before: Option<&Self>) -> Result<Self, Vec<Problem>> {
        let mut callers = Self::default();
        let mut problems = Vec::new();
        for (index, caller) in settings.iter().enumerate() {
            let mut report = |key: &str, message: String| {
                problems.push(Problem { line: caller.line, key: format!("caller[{index}].{key}"), message });
            };
            for pattern in unknown_attributes(caller) {
                report("attributes", format!("no attribute of the dictionary is meant by \"{pattern}\""));
            }
            let source = caller.jwt.as_ref().map(|jwt| key_source(&jwt.keys, before));
            let issuer = match (&caller.jwt, source) {
                (Some(jwt), Some(Ok(keys))) => Some(TokenIssuer { settings: jwt.clone(), keys }),
                (_, Some(Err(message))) => {
                    report("jwt", message);
                    None
                }
                _ => None,
            };
            let made = Arc::new(Caller {
                name: caller.name.clone(),
                licence: Licence::of(caller),
                quota: caller.quota,
                strength: caller.strength,
                certificates: caller.certificates.clone(),
                issuer,
                keys: caller.keys.len(),
            });
            callers.keys.extend(caller.keys.iter().map(|digest| StoredKey::new(*digest, Arc::clone(&made))));
            callers.list.push(made);
        }
        if problems.is_empty() { Ok(callers) } else { Err(problems) }
    }
}

/// A path with a slip of the pen would license nothing, and nobody would know why.
fn unknown_attributes(caller: &CallerSettings) -> Vec<String> {
    let known = |pattern: &Pattern| Attribute::ALL.iter().any(|attribute| pattern.matches(attribute.path()));
    let unknown = caller.attributes.iter().filter(|attribute| !known(&attribute.pattern));
    unknown
        .map(|attribute| match &attribute.pattern {
            Pattern::All => "*".to_owned(),
            Pattern::Prefix(prefix) => format!("{prefix}*"),
            Pattern::Exactly(path) => path.clone(),
        })
        .collect()
}

fn key_source(keys: &TokenKeys, before: Option<&Callers>) -> Result<Arc<KeySource>, String> {
    let same = before.into_iter().flat_map(|callers| &callers.list).find_map(|caller| {
        let issuer = caller.issuer.as_ref()?;
        // A file is read again: that is how its keys rotate.
        (issuer.settings.keys == *keys && matches!(keys, TokenKeys::Address { .. })).then(|| Arc::clone(&issuer.keys))
    });
    match same {
        Some(same) => Ok(same),
        None => KeySource::open(keys).map(Arc::new),
    }
}

/// The callers that requests are judged by; replaced whole, read without a lock.
pub struct CallersHandle {
    file: Option<PathBuf>,
    current: ArcSwap<Callers>,
}

impl CallersHandle {
    /// The callers of the start; `file` is read again by [`CallersHandle::reload`].
    ///
    /// # Errors
    /// Every problem.
    pub fn new(settings: &[CallerSettings], file: Option<PathBuf>) -> Result<Self, Vec<Problem>> {
        Ok(Self { file, current: ArcSwap::from_pointee(Callers::build(settings, None)?) })
    }

    /// The callers in use now.
    pub fn current(&self) -> Arc<Callers> {
        self.current.load_full()
    }

    /// The file that is read again, to be watched.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// Reads the file again and takes the callers into use; answers how many there are.
    ///
    /// # Errors
    /// Every problem; the old callers stay. A file without any caller is one: it would lock everybody out, and is most
    /// likely half written.
    pub fn reload(&self) -> Result<usize, Vec<Problem>> {
        let Some(file) = &self.file else { return Ok(self.current().list.len()) };
        let settings = read_callers(file)?;
        if settings.is_empty() {
            let message = "has no [[caller]]; the old callers stay in use".to_owned();
            return Err(vec![Problem { line: 1, key: "caller".to_owned(), message }]);
        }
        let callers = Callers::build(&settings, Some(&self.current()))?;
        let count = callers.list.len();
        self.current.store(Arc::new(callers));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::api_key;

    fn file(folder: &std::path::Path, keys: &[&str]) -> PathBuf {
        let digests: Vec<String> = keys.iter().map(|key| format!("\"{}\"", api_key::digest_text(key))).collect();
        let path = folder.join("callers.toml");
        std::fs::write(&path, format!("[[caller]]\nname = \"a\"\nkeys = [{}]\n", digests.join(", "))).expect("write");
        path
    }

    fn knows(handle: &CallersHandle, key: &str) -> bool {
        api_key::find(&handle.current().keys, key).is_some()
    }

    #[test]
    fn keys_rotate_without_a_restart_and_a_broken_file_leaves_the_old_ones() {
        let folder = tempfile::tempdir().expect("folder");
        let path = file(folder.path(), &["dsk_old"]);
        let handle = CallersHandle::new(&read_callers(&path).expect("read"), Some(path.clone())).expect("callers");
        file(folder.path(), &["dsk_old", "dsk_new"]);
        assert_eq!(handle.reload(), Ok(1));
        assert!(knows(&handle, "dsk_old") && knows(&handle, "dsk_new"));
        file(folder.path(), &["dsk_new"]);
        assert_eq!(handle.reload(), Ok(1));
        assert!(!knows(&handle, "dsk_old") && knows(&handle, "dsk_new"));
        for broken in ["[[caller", "", "[[caller]]\nname = \"b\"\n"] {
            std::fs::write(&path, broken).expect("write");
            assert!(handle.reload().is_err());
            assert!(knows(&handle, "dsk_new"));
        }
        std::fs::remove_file(&path).expect("remove");
        assert!(handle.reload().is_err() && knows(&handle, "dsk_new"));
    }

    #[test]
    fn an_attribute_that_nobody_has_is_told_with_the_callers_line() {
        let folder = tempfile::tempdir().expect("folder");
        let path = file(folder.path(), &["dsk_a"]);
        let text = std::fs::read_to_string(&path).expect("read") + "attributes = [\"ho_va_tenn\", \"cha.*\"]\n";
        std::fs::write(&path, format!("# a\n{text}")).expect("write");
        let problems = Callers::build(&read_callers(&path).expect("read"), None).err().expect("refused");
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].line, problems[0].key.as_str()), (2, "caller[0].attributes"));
        assert!(problems[0].message.contains("ho_va_tenn"));
    }
    #[test]
    fn no_call_fails_while_keys_rotate_under_load() {
        let folder = tempfile::tempdir().expect("folder");
        let path = file(folder.path(), &["dsk_old", "dsk_new"]);
        let handle = CallersHandle::new(&read_callers(&path).expect("read"), Some(path)).expect("callers");
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut asked = 0_u32;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    assert!(knows(&handle, "dsk_new"));
                    asked += 1;
                }
                asked
            });
            for round in 0..100 {
                let second = ["dsk_old", "dsk_other"][round % 2];
                // As editors and deployments do: a whole file takes the place of the old one.
                let fresh = tempfile::tempdir().expect("folder");
                std::fs::copy(file(fresh.path(), &["dsk_new", second]), folder.path().join("new")).expect("copy");
                std::fs::rename(folder.path().join("new"), folder.path().join("callers.toml")).expect("rename");
                assert_eq!(handle.reload(), Ok(1));
                assert!(knows(&handle, second));
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(asking.join().expect("no call failed") > 0);
        });
    }
}
