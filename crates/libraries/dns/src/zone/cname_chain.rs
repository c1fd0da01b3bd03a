//! CNAMEs from a name to where its record really goes.

use hickory_proto::rr::Name;

use crate::zone::error::Error;

/// Unbound follows eleven CNAMEs in a row, and so does whoever asks through it.
const LONGEST_CHAIN: usize = 11;

/// Adds the target of the last name's CNAME.
///
/// # Errors
///
/// The target is in the chain already, the chain is longer than a resolver follows, or the target is the root.
pub(super) fn extend(chain: &mut Vec<Name>, target: Name) -> Result<(), Box<Error>> {
    if let Some(name) = chain.last().filter(|_| target.is_root()) {
        return Err(Box::new(Error::BadCname {
            name: name.clone(),
            target: target.to_string(),
        }));
    }
    let looped = chain.contains(&target);
    chain.push(target);
    if looped {
        return Err(Box::new(Error::CnameLoop(chain.clone())));
    }
    if chain.len() > LONGEST_CHAIN + 1 {
        return Err(Box::new(Error::TooManyCnames {
            chain: chain.clone(),
            most: LONGEST_CHAIN,
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn a_loop_is_named_with_all_of_its_names() {
        let mut chain = vec![parse("a.test").unwrap(), parse("b.test").unwrap()];
        let error = extend(&mut chain, parse("a.test").unwrap()).unwrap_err();
        assert!(matches!(*error, Error::CnameLoop(_)));
        assert_eq!(
            error.to_string(),
            "CNAME loop: a.test. -> b.test. -> a.test."
        );
    }

    #[test]
    fn eleven_cnames_in_a_row_are_followed_and_a_twelfth_is_not() {
        let mut chain = vec![parse("a0.test").unwrap()];
        for i in 1..=11 {
            extend(&mut chain, parse(&format!("a{i}.test")).unwrap()).unwrap();
        }
        let error = extend(&mut chain, parse("a12.test").unwrap()).unwrap_err();
        assert!(matches!(*error, Error::TooManyCnames { most: 11, .. }));
    }

    #[test]
    fn no_record_can_be_kept_at_the_root() {
        let mut chain = vec![parse("a.test").unwrap()];
        let error = extend(&mut chain, Name::root()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.test. is a CNAME to ., at which no record can be kept"
        );
    }
}
