//! CNAMEs from a challenge's name to where its record really goes.

use hickory_proto::rr::Name;

use crate::error::{Cause, Error};

/// Unbound follows eleven CNAMEs in a row, and so does the CA that uses it.
const LONGEST_CHAIN: usize = 11;

/// Adds the target of the last name's CNAME.
///
/// # Errors
///
/// [`Cause::CnameLoop`] where it is there already, or the chain is longer than a resolver follows it.
pub(crate) fn extend(chain: &mut Vec<Name>, target: Name) -> Result<(), Error> {
    let looped = chain.contains(&target);
    chain.push(target);
    if !looped && chain.len() <= LONGEST_CHAIN + 1 {
        return Ok(());
    }
    let names = chain
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" -> ");
    Err(if looped {
        Error::new(Cause::CnameLoop, format!("CNAME loop: {names}"))
            .hint("Let the last CNAME lead to a name that has none.")
    } else {
        Error::new(
            Cause::CnameLoop,
            format!("more than {LONGEST_CHAIN} CNAMEs in a row: {names}"),
        )
        .hint("Resolvers give up after about that many; let the first CNAME lead to the last name.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn a_loop_is_named_with_all_of_its_names() {
        let mut chain = vec![parse("a.test").unwrap(), parse("b.test").unwrap()];
        let error = extend(&mut chain, parse("a.test").unwrap()).unwrap_err();
        assert_eq!(error.cause, Cause::CnameLoop);
        assert_eq!(error.detail, "CNAME loop: a.test. -> b.test. -> a.test.");
    }

    #[test]
    fn eleven_cnames_in_a_row_are_followed_and_a_twelfth_is_not() {
        let mut chain = vec![parse("a0.test").unwrap()];
        for i in 1..=11 {
            extend(&mut chain, parse(&format!("a{i}.test")).unwrap()).unwrap();
        }
        assert_eq!(
            extend(&mut chain, parse("a12.test").unwrap())
                .unwrap_err()
                .cause,
            Cause::CnameLoop
        );
    }
}
