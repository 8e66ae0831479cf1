//! Addresses of resources as Terraform writes them: `module.eu["a"].aws_instance.web[0]`.

/// The address without the keys of instances: `module.eu.aws_instance.web`.
///
/// A key may hold anything, brackets and dots included, inside its quotation marks.
pub(crate) fn block(address: &str) -> String {
    let mut block = String::with_capacity(address.len());
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut is_escaped = false;
    for character in address.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if depth > 0 => is_quoted = !is_quoted,
            '[' if !is_quoted => depth += 1,
            ']' if !is_quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => block.push(character),
            _ => {}
        }
    }
    block
}

/// The key of the instance, if it is a text: `eu/a` of `aws_instance.web["eu/a"]`.
pub(crate) fn key(address: &str) -> Option<String> {
    let (_, key) = address.strip_suffix(']')?.rsplit_once("[\"")?;
    serde_json::from_str(&format!("\"{key}")).ok()
}

/// The names of the modules on the way to a block, outermost first: `eu` of `module.eu.aws_instance.web`.
pub(crate) fn modules(block: &str) -> Vec<&str> {
    let mut parts = block.split('.');
    let mut modules = Vec::new();
    while let (Some("module"), Some(name)) = (parts.next(), parts.next()) {
        modules.push(name);
    }
    modules
}

/// The block without its modules: `aws_instance.web` of `module.eu.aws_instance.web`.
pub(crate) fn local(block: &str) -> &str {
    let mut rest = block;
    while let Some((_, after)) = rest.strip_prefix("module.").and_then(|after| after.split_once('.')) {
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_instances_are_left_out() {
        for (address, expected) in [
            ("aws_instance.web", "aws_instance.web"),
            ("aws_instance.web[0]", "aws_instance.web"),
            (r#"module.eu["a.b[c]"].module.x[1].aws_instance.web["q\"]"]"#, "module.eu.module.x.aws_instance.web"),
            ("data.aws_subnet.a[\"é\"]", "data.aws_subnet.a"),
            ("]", ""),
            ("", ""),
        ] {
            assert_eq!(block(address), expected, "{address}");
        }
        assert_eq!(key(r#"module.eu["b"].aws_instance.web["web/aws/eu-\"1"]"#).as_deref(), Some("web/aws/eu-\"1"));
        for none in
            ["aws_instance.web", "aws_instance.web[0]", "module.eu[\"a\"].aws_instance.web", "\"]", "[\"", "[\"]"]
        {
            assert_eq!(key(none), None, "{none}");
        }
        assert_eq!(modules("module.eu.module.x.aws_instance.web"), ["eu", "x"]);
        assert_eq!(local("module.eu.module.x.aws_instance.web"), "aws_instance.web");
        assert_eq!(local("data.aws_subnet.a"), "data.aws_subnet.a");
        assert_eq!(local("module."), "module.");
    }
}
