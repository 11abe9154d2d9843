//! The full description of a stream: read without trusting it.

use crate::LslError;
use crate::backend::{self, Found};
use motrace_core::{Channel, Role, SampleFormat, StreamInfo, Unit};
use roxmltree::{Document, Node, ParsingOptions};
use std::time::Duration;

/// Longer descriptions are refused.
pub(crate) const MAX_DESCRIPTION_BYTES: usize = 4 * 1024 * 1024;
/// Longer texts in a description, and longer markers, are refused.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;

/// What the stream claims of its size, checked before anything is allocated for it.
pub(crate) fn check(found: &Found, buffer_secs: f64) -> Result<(), LslError> {
    StreamInfo::check_limits(found.channel_count, found.rate_hz, buffer_secs)
        .map_err(|limit| LslError::TooLarge { stream: found.describe(), limit })?;
    let texts = [&found.name, &found.kind, &found.source_id, &found.uid, &found.host];
    if texts.iter().any(|t| t.len() > MAX_TEXT_BYTES) {
        return Err(refused(found, "a name in it is longer than 64 KiB"));
    }
    Ok(())
}

/// The stream as discovery describes it: without labels and units.
pub(crate) fn short(found: &Found) -> StreamInfo {
    let role = Role::infer(&found.kind, "");
    StreamInfo {
        name: found.name.clone(),
        kind: found.kind.clone(),
        source_id: found.source_id.clone(),
        uid: found.uid.clone(),
        host: found.host.clone(),
        rate_hz: found.rate_hz,
        channels: vec![Channel { label: String::new(), role, unit: Unit::Unspecified }; found.channel_count],
        is_text: found.format == SampleFormat::Text,
    }
}

/// The stream with labels, types and units, read from its data port.
pub(crate) fn full(found: &Found, timeout: Duration) -> Result<StreamInfo, LslError> {
    full_with_text(found, timeout).map(|(info, _)| info)
}

/// As [`full`], with the description itself: XML that any reader accepts.
pub(crate) fn full_with_text(found: &Found, timeout: Duration) -> Result<(StreamInfo, String), LslError> {
    let bytes = backend::description(found, timeout)?;
    if bytes.len() > MAX_DESCRIPTION_BYTES {
        return Err(refused(found, "its description is longer than 4 MiB"));
    }
    let text = without_forbidden_characters(&String::from_utf8_lossy(&bytes));
    let info = read(found, &text)?;
    Ok((info, text))
}

pub(crate) fn refused(found: &Found, reason: impl Into<String>) -> LslError {
    LslError::Refused { stream: found.describe(), reason: reason.into() }
}

/// Reads a full description. What discovery said of count, rate and format must still be true.
fn read(found: &Found, text: &str) -> Result<StreamInfo, LslError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|e| refused(found, format!("its description is not usable XML ({e})")))?;
    let root = document.root_element();
    let said = |name: &str| child_text(root, name);
    // A port that was let go may have been taken by another stream since this one answered.
    let uid = said("uid");
    if !uid.is_empty() && uid != found.uid.trim() {
        let cause = "another stream answers in its place".to_owned();
        return Err(LslError::Network { stream: found.describe(), cause });
    }
    let count = said("channel_count").parse::<usize>().ok();
    let rate = said("nominal_srate").parse::<f64>().ok();
    if count != Some(found.channel_count) || rate.is_none_or(|r| (r - found.rate_hz).abs() > 1e-9 * r.abs()) {
        return Err(refused(found, "its description disagrees with its announcement on channel count or rate"));
    }
    if SampleFormat::parse(said("channel_format")) != Some(found.format) {
        return Err(refused(found, "its description disagrees with its announcement on the format of its samples"));
    }
    let mut stream = short(found);
    let list = child(root, "desc").and_then(|d| child(d, "channels"));
    let declared = list.into_iter().flat_map(|l| l.children()).filter(|n| n.has_tag_name("channel"));
    let mut number = 0;
    for node in declared {
        number += 1;
        let Some(channel) = stream.channels.get_mut(number - 1) else {
            return Err(refused(found, format!("it describes more than its {} channels", found.channel_count)));
        };
        let label = match child_text(node, "label") {
            "" => child_text(node, "name"),
            label => label,
        };
        let (unit, kind) = (child_text(node, "unit"), child_text(node, "type"));
        if [label, unit, kind].iter().any(|t| t.len() > MAX_TEXT_BYTES) {
            return Err(refused(found, format!("a text of channel {number} is longer than 64 KiB")));
        }
        *channel = Channel { label: label.to_owned(), role: Role::infer(kind, label), unit: Unit::parse(unit) };
    }
    Ok(stream)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.has_tag_name(name))
}

fn child_text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    child(node, name).and_then(|n| n.text()).unwrap_or("").trim()
}

/// XML forbids most control characters, literally and as `&#27;`, yet LSL streams may carry them in their names.
/// They become U+FFFD, so that one odd character does not make a stream unreadable.
fn without_forbidden_characters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        let (before, from) = rest.split_at(at);
        push_allowed(&mut out, before);
        match reference(from) {
            Some((c, length)) => {
                if is_allowed(c) {
                    out.push_str(&from[..length]);
                } else {
                    out.push('\u{fffd}');
                }
                rest = &from[length..];
            }
            None => {
                out.push_str("&amp;#");
                rest = &from[2..];
            }
        }
    }
    push_allowed(&mut out, rest);
    out
}

fn push_allowed(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }));
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The character that a numeric reference at the start of `text` stands for, and the reference's length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let digits = text.get(2..end)?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(code).unwrap_or('\u{fffd}'), end + 1))
}

/// Undoes XML's escapes in the text of one element.
pub(crate) fn unescape(text: &str) -> String {
    const NAMED: [(&str, char); 5] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let numeric = rest.starts_with("&#").then(|| reference(rest)).flatten();
        let named = NAMED.iter().find(|(name, _)| rest.starts_with(name)).map(|(name, c)| (*c, name.len()));
        let (c, length) = numeric.or(named).unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}
