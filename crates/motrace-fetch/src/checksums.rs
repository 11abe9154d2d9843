use crate::FetchError;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The SHA-256 of a file, in hexadecimal.
pub(crate) fn of_file(path: &Path) -> Result<String, FetchError> {
    let io = |source| FetchError::Io { doing: "reading", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block).map_err(io)? {
            0 => return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()),
            read => hash.update(&block[..read]),
        }
    }
}

/// Reads a list as `sha256sum` writes it: the sum, then the path (with `*` in front where it was read as binary).
/// `None` where not one line is such.
pub(crate) fn parse_list(text: &str) -> Option<BTreeMap<String, String>> {
    let entry = |line: &str| {
        let (sum, path) = line.trim().split_once(char::is_whitespace)?;
        let path = path.trim_start();
        let path = path.strip_prefix('*').unwrap_or(path);
        let path = path.strip_prefix("./").unwrap_or(path);
        let is_sum = sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
        is_sum.then(|| (path.to_owned(), sum.to_ascii_lowercase()))
    };
    let sums: BTreeMap<_, _> = text.lines().filter_map(entry).collect();
    (!sums.is_empty()).then_some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_sha256sum_writes_them() {
        let sum = "A".repeat(64);
        let text = format!("{sum} S001/S001R01.edf\n{sum}  ./b c.txt\n{sum} *d\nnonsense\n12 short\n");
        let sums = parse_list(&text).unwrap();
        assert_eq!(sums.keys().collect::<Vec<_>>(), ["S001/S001R01.edf", "b c.txt", "d"]);
        assert_eq!(sums["d"], "a".repeat(64));
        assert!(parse_list("<html>no such page</html>").is_none());
    }
}
