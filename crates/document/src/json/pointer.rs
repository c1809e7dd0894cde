//! JSON pointers: RFC 6901, <https://www.rfc-editor.org/rfc/rfc6901>.

/// Why a text is not a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// A pointer that is not empty and does not start with a slash.
    #[error("the pointer {pointer:?} starts without a slash: write /{pointer}, or nothing for the whole document")]
    NoSlash {
        /// The pointer, cut to 80 characters.
        pointer: String,
    },
    /// A tilde without a 0 or 1 after it.
    #[error("the pointer {pointer:?} has a tilde that is neither ~0 (a tilde) nor ~1 (a slash)")]
    Tilde {
        /// The pointer, cut to 80 characters.
        pointer: String,
    },
}

/// The tokens of a pointer; none for the whole document.
pub(crate) fn tokens(pointer: &str) -> Result<Vec<String>, PointerError> {
    let short = || pointer.chars().take(80).collect();
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err(PointerError::NoSlash { pointer: short() });
    };
    let unescaped = rest.split('/').map(unescape).collect::<Option<_>>();
    unescaped.ok_or_else(|| PointerError::Tilde { pointer: short() })
}

fn unescape(token: &str) -> Option<String> {
    let mut escapes = token.split('~').skip(1);
    escapes.all(|after| after.starts_with(['0', '1'])).then(|| token.replace("~1", "/").replace("~0", "~"))
}

/// The pointer of `tokens`.
pub(crate) fn pointer<T: AsRef<str>>(tokens: &[T]) -> String {
    let escape = |token: &T| token.as_ref().replace('~', "~0").replace('/', "~1");
    tokens.iter().map(|token| "/".to_owned() + &escape(token)).collect()
}

/// The position in a list that a token names: digits without leading zeros.
pub(crate) fn index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = token.len() > 1 && token.starts_with('0');
    (digits && !leading_zero).then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_reads_as_rfc_6901_says() {
        let read = |pointer| tokens(pointer).unwrap();
        assert_eq!(read(""), Vec::<String>::new());
        assert_eq!(read("/"), [""]);
        assert_eq!(read("/a~1b/m~0n/~01"), ["a/b", "m~n", "~1"]);
        assert_eq!(pointer(&read("/a~1b/m~0n/~01/")), "/a~1b/m~0n/~01/");
        assert!(matches!(tokens("a"), Err(PointerError::NoSlash { .. })));
        for wrong in ["/~", "/~2", "/a~/b", "/~~00", "/~~01"] {
            assert!(matches!(tokens(wrong), Err(PointerError::Tilde { .. })), "{wrong}");
        }
        assert_eq!(["0", "10", "01", "-", "", "+1"].map(index), [Some(0), Some(10), None, None, None, None]);
    }
}
