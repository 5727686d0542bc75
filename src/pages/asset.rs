//! What pages load: one stylesheet, one script, one icon; from our own address only.
//!
//! The name holds a hash of the content, so that a browser may keep a file for good and never shows a page with the
//! stylesheet of another version.

use std::sync::LazyLock;

use aws_lc_rs::digest;

/// A file that pages load.
pub struct Asset {
    /// Below `/assets/`.
    pub name: String,
    pub media_type: &'static str,
    pub content: &'static str,
}

/// Browsers keep a file of this name for a year.
pub const CACHE: &str = "public, max-age=31536000, immutable";

/// The stylesheet.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_str!("assets/style.css")));
/// The script.
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("script", "js", "text/javascript; charset=utf-8", include_str!("assets/script.js")));
/// The stylesheet of the counter.
pub static COUNTER_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("counter", "css", "text/css; charset=utf-8", include_str!("assets/counter.css")));
/// The script of the counter.
pub static COUNTER_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("counter", "js", "text/javascript; charset=utf-8", include_str!("assets/counter.js")));
/// The stylesheet of the printed form.
pub static PRINT_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("print", "css", "text/css; charset=utf-8", include_str!("assets/print.css")));
/// The icon of the tab.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg")));

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = digest::digest(&digest::SHA256, content.as_bytes());
        let hash: String = hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("{stem}-{hash}.{ending}"), media_type, content }
    }

    /// Where browsers find it.
    pub fn address(&self) -> String {
        format!("/assets/{}", self.name)
    }

    /// The headers that go with it.
    pub fn headers(&self) -> [(&'static str, &'static str); 3] {
        [("Cache-Control", CACHE), ("Content-Type", self.media_type), ("Cross-Origin-Resource-Policy", "same-origin")]
    }
}

/// The file of exactly this name.
pub fn asset(name: &str) -> Option<&'static Asset> {
    [&STYLE, &SCRIPT, &ICON, &COUNTER_STYLE, &COUNTER_SCRIPT, &PRINT_STYLE]
        .into_iter()
        .map(|asset| &**asset)
        .find(|asset| asset.name == name)
}
