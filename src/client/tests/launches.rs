//! Answers to launches that no honest engine gives, or that come at an unlucky moment.

use super::*;
use crate::client::requests::{IdFrom, Wanted};

#[test]
fn a_long_answer_that_is_no_id_is_shortened() {
    for answer in [format!("[{}\"\"]", "\"\",".repeat(10_000)), "x".repeat(10_000), "\"x\"".to_owned()] {
        let wanted = Wanted { tag: 0, captured: false, queue: None, id: IdFrom::List };
        let error = wanted.birthplace(&answer).err().unwrap();
        assert_eq!(error.code(), Code::Protocol);
        assert!(error.message().len() < 1000, "{}", error.message().len());
    }
}
