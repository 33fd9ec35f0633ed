//! The examples of RFC 7515 appendix A and RFC 8037 appendix A.4, typed in from the RFCs. (The
//! thumbprints of RFC 7638 and RFC 8037 are beside the code that makes them.)

use crate::support::judged::inspect;

const JOE: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const A1_KEY: &str = r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
const A1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.JOE.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

const A2_KEY: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
const A2: &str = "eyJhbGciOiJSUzI1NiJ9.JOE.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const A3_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const A3: &str = "eyJhbGciOiJFUzI1NiJ9.JOE.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const A4_KEY: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;
const A4: &str = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";

const A5: &str = "eyJhbGciOiJub25lIn0.JOE.";

const ED_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

#[test]
fn the_signatures_of_the_rfcs_verify_and_no_other_key_verifies_them() {
    for (name, token, key) in [
        ("A.1", A1, A1_KEY),
        ("A.2", A2, A2_KEY),
        ("A.3", A3, A3_KEY),
        ("A.4", A4, A4_KEY),
        ("8037 A.4", ED, ED_KEY),
    ] {
        let token = token.replace("JOE", JOE);
        let judged = inspect(&token, Some(key), &[]);
        assert_eq!(judged.status("signature"), "pass", "{name}\n{}", judged.ran);
        let changed = token
            .replacen("eyJpc3Mi", "eyJpc3Nj", 1)
            .replacen("UGF5bG9h", "UGF5bG9i", 1)
            .replacen("RXhhb", "RXhhc", 1);
        assert_ne!(changed, token);
        assert_eq!(inspect(&changed, Some(key), &[]).status("signature"), "fail", "{name}");
        for other in [A1_KEY, A2_KEY, A3_KEY, A4_KEY, ED_KEY].iter().filter(|other| **other != key) {
            assert_eq!(inspect(&token, Some(other), &[]).status("signature"), "fail", "{name}");
        }
    }
}

#[test]
fn the_unsecured_example_is_refused() {
    inspect(&A5.replace("JOE", JOE), None, &[]).is("fail").says("alg", "fail", "not signed");
}

#[test]
fn the_payload_that_is_no_claims_set_fails_its_structure_only() {
    inspect(A4, Some(A4_KEY), &[]).is("fail").says("structure", "fail", "not JSON").says(
        "signature",
        "pass",
        "ES512",
    );
}
