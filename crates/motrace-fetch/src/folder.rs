use std::ffi::OsString;
use std::path::PathBuf;

/// Where recordings are kept if nothing else is said: `motrace` in the user's cache folder (`XDG_CACHE_HOME`, else
/// `~/.cache`; on Windows `LOCALAPPDATA`). `read` gives the value of an environment variable; `None` where no such folder is known.
#[must_use]
pub fn cache_folder(read: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let absolute = |name: &str| read(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .or_else(|| absolute("LOCALAPPDATA"))
        .map(|cache| cache.join("motrace"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_cache_is_where_the_environment_says() {
        let of = |pairs: &'static [(&str, &str)]| {
            cache_folder(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v)))
        };
        assert_eq!(of(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Some("/c/motrace".into()));
        assert_eq!(of(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]), Some("/h/.cache/motrace".into()));
        assert_eq!(of(&[]), None);
    }
}
