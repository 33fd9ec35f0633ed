//! The program that reads the token, for the output forms that depend on it: kubectl, and the runner of GitHub
//! Actions.

use crate::cli::TokenOutput;
use crate::commands::environment::{Sourced, path_var, var};
use crate::exit::{Exit, Failure};
use crate::json::Json;
use crate::os_error::plain;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

const PHASE: &str = "output";
/// The versions of Kubernetes' API for credentials; the first is the default.
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";

#[derive(Debug)]
pub enum TokenReader {
    /// Any program: the form says all.
    Any,
    /// kubectl, which wants its own version of the API.
    Kubernetes { api_version: &'static str },
    /// The runner of GitHub Actions, which reads a file of assignments.
    Github { file: Sourced<PathBuf>, name: &'static str },
}

impl TokenReader {
    /// # Errors
    /// Exit 2 if its variable is missing or wrong.
    pub(super) fn of(output: TokenOutput) -> Result<Self, Failure> {
        match output {
            TokenOutput::Kubernetes => {
                let info = var(EXEC_INFO)?;
                api_version(info.as_ref().map(|info| info.value.as_str()))
                    .map(|api_version| Self::Kubernetes { api_version })
            }
            TokenOutput::Github => github("GITHUB_OUTPUT", "token"),
            TokenOutput::GithubEnv => github("GITHUB_ENV", "HEISTCTL_TOKEN"),
            _ => Ok(Self::Any),
        }
    }

    /// Gives the token to a runner, once the runner knows that it is secret.
    ///
    /// # Errors
    /// Exit 1 if its file cannot be written.
    pub fn hand_over(&self, token: &str) -> Result<(), Failure> {
        let Self::Github { file, name } = self else { return Ok(()) };
        let written = OpenOptions::new().append(true).open(&file.value).and_then(|mut file| {
            // One write, since other programs append as well.
            file.write_all(format!("{name}={token}\n").as_bytes())
        });
        written.map_err(|error| {
            let what = format!("cannot append to the file from {}: {}", file.origin, plain(&error));
            Failure::new(Exit::Local, PHASE, what).hint("the runner makes that file for each step")
        })
    }
}

fn github(variable: &'static str, name: &'static str) -> Result<TokenReader, Failure> {
    let Some(path) = path_var(variable) else {
        let what = format!("{variable} is not set: this form is for a step of GitHub Actions");
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("-o raw prints the token elsewhere"));
    };
    Ok(TokenReader::Github { file: Sourced::new(path, variable), name })
}

/// The version that kubectl asks for.
fn api_version(info: Option<&str>) -> Result<&'static str, Failure> {
    let wrong = |what: String| {
        let hint = format!("in the kubeconfig: apiVersion: {}", VERSIONS[0]);
        Failure::new(Exit::Usage, PHASE, format!("{EXEC_INFO}: {what}")).hint(hint)
    };
    let Some(info) = info else { return Ok(VERSIONS[0]) };
    let parsed = Json::parse(info.as_bytes()).ok();
    let asked = parsed.as_ref().and_then(|info| info.as_object()?.get("apiVersion")?.as_str());
    let asked = asked.ok_or_else(|| wrong("it is not an object with an apiVersion".to_owned()))?;
    VERSIONS
        .into_iter()
        .find(|version| *version == asked)
        .ok_or_else(|| wrong(format!("apiVersion {asked:?} is not one of {}", VERSIONS.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_gets_the_version_that_it_asks_for() {
        let info =
            |version: &str| format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}","spec":{{}}}}"#);
        for version in VERSIONS {
            assert_eq!(api_version(Some(&info(version))).unwrap(), version);
        }
        assert_eq!(api_version(None).unwrap(), VERSIONS[0]);
        for (wrong, part) in [
            (info("client.authentication.k8s.io/v1alpha1"), "v1alpha1"),
            ("x".to_owned(), "not an object"),
            ("{}".to_owned(), "not an object"),
        ] {
            assert!(api_version(Some(&wrong)).unwrap_err().what.contains(part), "{wrong}");
        }
    }
}
