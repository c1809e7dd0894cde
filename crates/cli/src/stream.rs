//! A reader of server-sent events, for the subset that nodes send.

use std::io::{self, BufRead, BufReader, Read};

/// Most bytes of one line, which may hold the value of a document.
const LINE_BYTES: u64 = 256 << 20;

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamEvent {
    /// The cursor at which the stream can be resumed.
    pub id: Option<String>,
    /// Its kind; empty if the field is missing.
    pub kind: String,
    /// Its data.
    pub data: String,
}

/// The events of a stream, until it ends.
pub struct EventStream<R> {
    lines: BufReader<R>,
}

impl<R: Read> EventStream<R> {
    /// Reads the events of this body.
    pub fn new(from: R) -> Self {
        Self { lines: BufReader::new(from) }
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.lines.by_ref().take(LINE_BYTES).read_line(&mut line)?;
        let line = line.trim_end_matches(['\n', '\r']).to_owned();
        Ok((read > 0).then_some(line))
    }
}

impl<R: Read> Iterator for EventStream<R> {
    type Item = io::Result<StreamEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut sent = StreamEvent::default();
        let mut begun = false;
        loop {
            let line = match self.line().transpose()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" if line.is_empty() && begun => return Some(Ok(sent)),
                "id" => sent.id = Some(value.to_owned()),
                "event" => value.clone_into(&mut sent.kind),
                "data" if sent.data.is_empty() => value.clone_into(&mut sent.data),
                "data" => sent.data.extend(["\n", value]),
                // A comment keeps the connection alive.
                _ => continue,
            }
            begun = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<StreamEvent> {
        EventStream::new(text.as_bytes()).map(Result::unwrap).collect()
    }

    #[test]
    fn events_are_told_apart() {
        let text = ": alive\n\nid: 7\nevent: changed\ndata: {\"a\":1}\n\ndata:x\r\ndata: y\r\n\r\ndata: cut off";
        let sent = |id: Option<&str>, kind: &str, data: &str| StreamEvent {
            id: id.map(str::to_owned),
            kind: kind.to_owned(),
            data: data.to_owned(),
        };
        let expected = [sent(Some("7"), "changed", "{\"a\":1}"), sent(None, "", "x\ny")];
        assert_eq!(events(text), expected);
    }
}
