use motrace_core::{Channel, Role, SampleFormat, StreamInfo, Unit};
use roxmltree::{Document, Node, ParsingOptions};

/// A description longer than this is not read.
const MAX_XML_BYTES: usize = 4 << 20;

/// Gives the text of an element of a description.
type Lookup<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Reads the `<info>` of a stream header. The second value is a remark if the text had to be repaired.
pub(crate) fn parse(xml: &[u8]) -> Result<(StreamInfo, SampleFormat, Option<String>), String> {
    if xml.len() > MAX_XML_BYTES {
        return Err(format!("its description has {} MiB; at most 4 are accepted", xml.len() >> 20));
    }
    let text = String::from_utf8_lossy(xml);
    let document = document(&text);
    let (get, desc, remark): (Lookup, _, _) = match &document {
        Ok(document) => {
            let root = document.root_element();
            (Box::new(move |name| child_text(root, name)), child(root, "desc"), None)
        }
        Err(why) => {
            let text = &text;
            let remark = format!("its description is damaged ({why}); labels and units were not read");
            (Box::new(move |name| between_tags(text, name)), None, Some(remark))
        }
    };
    let count = get("channel_count").ok_or("its description has no channel_count")?;
    let channels: usize = count.parse().map_err(|_| format!("its channel_count is {count:?}"))?;
    let rate = get("nominal_srate").unwrap_or_else(|| "0".into());
    let rate_hz: f64 = rate.parse().map_err(|_| format!("its nominal_srate is {rate:?}"))?;
    StreamInfo::check_limits(channels, rate_hz, 0.0).map_err(|e| e.to_string())?;
    let format = get("channel_format").unwrap_or_default();
    let format = SampleFormat::parse(&format)
        .ok_or_else(|| format!("its channel_format is {format:?}, which XDF does not have"))?;
    let kind = get("type").unwrap_or_default();
    let info = StreamInfo {
        name: get("name").unwrap_or_default(),
        channels: read_channels(desc, channels, &kind),
        kind,
        source_id: get("source_id").unwrap_or_default(),
        uid: get("uid").unwrap_or_default(),
        host: get("hostname").unwrap_or_default(),
        rate_hz,
        is_text: format == SampleFormat::Text,
    };
    Ok((info, format, remark))
}

/// The text of one element of a file header or a footer.
pub(crate) fn element(xml: &[u8], name: &str) -> Option<String> {
    if xml.len() > MAX_XML_BYTES {
        return None;
    }
    let text = String::from_utf8_lossy(xml);
    match document(&text) {
        Ok(document) => child_text(document.root_element(), name),
        Err(_) => between_tags(&text, name),
    }
}

fn document(text: &str) -> Result<Document<'_>, String> {
    // Refusing document types rules out entity expansion; the node limit bounds the tree.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 200_000, ..ParsingOptions::default() };
    Document::parse_with_options(text.trim(), options).map_err(|e| e.to_string())
}

fn read_channels(desc: Option<Node>, count: usize, kind: &str) -> Vec<Channel> {
    let nodes: Vec<_> = desc
        .and_then(|d| child(d, "channels"))
        .map(|list| list.children().filter(|n| n.has_tag_name("channel")).take(count).collect())
        .unwrap_or_default();
    (0..count)
        .map(|i| {
            let get = |name| nodes.get(i).and_then(|n| child_text(*n, name)).unwrap_or_default();
            let (label, declared) = (get("label"), get("type"));
            let unit = Unit::parse(&get("unit"));
            // A channel without a type is what its label says; in streams that are not EEG, what the stream is.
            let declared = match declared.as_str() {
                "" if !kind.eq_ignore_ascii_case("eeg") => kind.to_owned(),
                _ => declared,
            };
            Channel { role: Role::infer(&declared, &label), label, unit }
        })
        .collect()
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|n| n.has_tag_name(name))
}

fn child_text(node: Node, name: &str) -> Option<String> {
    child(node, name).and_then(|n| n.text()).map(|t| t.trim().to_owned())
}

/// What stands between `<name>` and `</name>`, for XML that does not parse.
fn between_tags(text: &str, name: &str) -> Option<String> {
    let (_, behind) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = behind.split_once("</")?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const HEADER: &str = "<?xml version=\"1.0\"?>\n<info><name>a &amp; b</name><type>EEG</type>\
        <channel_count>3</channel_count><nominal_srate>250.0</nominal_srate><channel_format>float32</channel_format>\
        <desc><channels><channel><label>C3</label><unit>microvolts</unit><type>EEG</type></channel>\
        <channel><label>EOG1</label><unit>uV</unit></channel></channels></desc></info>";

    #[test]
    fn channels_have_labels_units_and_roles() {
        let (info, format, remark) = parse(HEADER.as_bytes()).unwrap();
        assert_eq!((info.name.as_str(), info.rate_hz, format, remark), ("a & b", 250.0, SampleFormat::Float32, None));
        assert_eq!(info.channels[0], Channel { label: "C3".into(), role: Role::Eeg, unit: Unit::Microvolts });
        assert_eq!(info.channels[1], Channel { label: "EOG1".into(), role: Role::Eog, unit: Unit::Microvolts });
        assert_eq!(info.channels[2], Channel::default());
    }

    #[test]
    fn damaged_text_still_gives_what_is_needed_to_read_samples() {
        let damaged = HEADER.replace("<channels>", "<ch\u{1}nnels>");
        let (info, _, remark) = parse(damaged.as_bytes()).unwrap();
        assert_eq!((info.channels.len(), info.rate_hz), (3, 250.0));
        assert!(remark.is_some_and(|r| r.contains("damaged")));
    }

    #[test]
    fn absurd_or_hostile_headers_are_refused() {
        assert!(parse(HEADER.replace(">3<", ">2000000000<").as_bytes()).unwrap_err().contains("2000000000 channels"));
        assert!(parse(HEADER.replace("250.0", "1e12").as_bytes()).is_err());
        assert!(parse(HEADER.replace("250.0", "NaN").as_bytes()).is_err());
        assert!(parse(HEADER.replace("float32", "float31").as_bytes()).is_err());
        let bomb = format!("<!DOCTYPE x [<!ENTITY a \"aaaa\">]>{HEADER}").replace("<?xml version=\"1.0\"?>\n", "");
        assert!(parse(bomb.as_bytes()).unwrap().2.is_some(), "the document type is not evaluated");
        assert!(parse(&vec![b' '; 5 << 20]).unwrap_err().contains("MiB"));
    }
}
