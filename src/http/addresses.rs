//! Which address belongs to whom, and what a caller must be allowed for it.

use crate::config::Scope;

/// Where the front end of another one-stop system looks people up.
pub const OPENCPS_LOOK_UP: &str = "/o/rest/v2/qldc/dvcqg";
/// Where it asks whether the officer may.
pub const OPENCPS_MAY_LOOK_UP: &str = "/o/rest/v2/qldc/role/employee";

/// Whether an address is one of that front end's.
pub fn is_opencps(path: &str) -> bool {
    matches!(path, OPENCPS_LOOK_UP | OPENCPS_MAY_LOOK_UP)
}

/// Whether an address belongs to the counter.
pub fn is_counter(path: &str) -> bool {
    path == "/counter" || path.starts_with("/counter/")
}

/// Whether an address belongs to the catalogue's pages.
pub fn is_catalog(path: &str) -> bool {
    path == "/catalog" || path.starts_with("/catalog/")
}

/// Whether an address is a file that pages load; these say nothing of anybody.
pub fn is_asset(path: &str) -> bool {
    path.starts_with("/assets/")
}

/// Whether people ask at this address, so that a refusal is a page as well.
pub fn is_page(path: &str) -> bool {
    is_catalog(path) || path == "/status" || is_counter(path)
}

/// What a caller must be allowed for an address, any of it; `None`: nobody is asked for a credential.
pub fn scopes_of(path: &str, pages_are_public: bool) -> Option<&'static [Scope]> {
    match path {
        "/healthz" | "/readyz" | "/.well-known/jwks.json" => None,
        "/metrics" | "/status" => Some(&[Scope::Metrics]),
        "/v1/autofill" | "/v1/autofill/batch" => Some(&[Scope::Autofill]),
        "/v1/verify" => Some(&[Scope::Verify]),
        "/v1/cache" => Some(&[Scope::CacheWrite]),
        path if is_counter(path) => Some(&[Scope::Autofill]),
        path if is_opencps(path) => Some(&[Scope::Autofill]),
        // Who may look people up may release, and is asked why.
        path if path == "/v1/releases" || path == "/v1/samples" || path.starts_with("/v1/samples/") => {
            Some(&[Scope::Autofill, Scope::Verify])
        }
        path if is_asset(path) => None,
        path if is_catalog(path) && pages_are_public => None,
        _ => Some(&[Scope::CatalogRead]),
    }
}
