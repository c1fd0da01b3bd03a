//! Keys that openssl made, in the forms that it has. None of them is used anywhere.

/// A key, what it is, and its thumbprint as another program computes it.
pub(crate) struct Sample {
    pub(crate) text: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) alg: &'static str,
    pub(crate) thumbprint: &'static str,
}

pub(crate) const SAMPLES: &[Sample] = &[
    Sample {
        text: ED25519,
        kind: "Ed25519",
        alg: "EdDSA",
        thumbprint: "sLWyqstLSwyL0CBPhT4d5kiC2LwtgnWyL9x8snf7JUg",
    },
    Sample {
        text: P256_PKCS8,
        kind: "EC256",
        alg: "ES256",
        thumbprint: "qemG7POCRaX50ObfGSLowq317w0H0hqRGnWH-uKGNEw",
    },
    Sample {
        text: P256_SEC1,
        kind: "EC256",
        alg: "ES256",
        thumbprint: "qemG7POCRaX50ObfGSLowq317w0H0hqRGnWH-uKGNEw",
    },
    Sample {
        text: P384_PKCS8,
        kind: "EC384",
        alg: "ES384",
        thumbprint: "p3o6K5hEvr02I3sFVBAsTs3KGwvmcRDYnb1IeRB6iCY",
    },
    Sample {
        text: P384_SEC1,
        kind: "EC384",
        alg: "ES384",
        thumbprint: "p3o6K5hEvr02I3sFVBAsTs3KGwvmcRDYnb1IeRB6iCY",
    },
    Sample {
        text: RSA2048_PKCS8,
        kind: "RSA2048",
        alg: "RS256",
        thumbprint: "BK_CJSNv33cAl6glTpyZSEyhDtGJ3TJX9EvZ45gk160",
    },
    Sample {
        text: RSA2048_PKCS1,
        kind: "RSA2048",
        alg: "RS256",
        thumbprint: "BK_CJSNv33cAl6glTpyZSEyhDtGJ3TJX9EvZ45gk160",
    },
    Sample {
        text: RSA8192_PKCS8,
        kind: "RSA8192",
        alg: "RS256",
        thumbprint: "o7jJV4YCPSD0QaRQQ2nA89qmBToqJ7IxJ2Vykl79nZo",
    },
];

/// `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`
pub(crate) const P256_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgV7d9C/u7Ts1fTVa0
+wHQzYOJaqqURWSShU+or4XCSoChRANCAAQx2jvx/bwll2aD5JMZtBnvPKv265uF
+sUe6IoH++uSaZYflkYdHZvAjwewjZWROEGMoIdY/GI5M3NyPpcYf72j
-----END PRIVATE KEY-----
";

/// `openssl ec`
pub(crate) const P256_SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFe3fQv7u07NX01WtPsB0M2DiWqqlEVkkoVPqK+FwkqAoAoGCCqGSM49
AwEHoUQDQgAEMdo78f28JZdmg+STGbQZ7zyr9uubhfrFHuiKB/vrkmmWH5ZGHR2b
wI8HsI2VkThBjKCHWPxiOTNzcj6XGH+9ow==
-----END EC PRIVATE KEY-----
";

/// `openssl pkey -pubout`
pub(crate) const P256_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMdo78f28JZdmg+STGbQZ7zyr9uub
hfrFHuiKB/vrkmmWH5ZGHR2bwI8HsI2VkThBjKCHWPxiOTNzcj6XGH+9ow==
-----END PUBLIC KEY-----
";

/// `openssl ec -no_public`
pub(crate) const P256_WITHOUT_PUBLIC: &str = "\
-----BEGIN EC PRIVATE KEY-----
MDECAQEEIFe3fQv7u07NX01WtPsB0M2DiWqqlEVkkoVPqK+FwkqAoAoGCCqGSM49
AwEH
-----END EC PRIVATE KEY-----
";

/// `openssl ec -conv_form compressed`
pub(crate) const P256_COMPRESSED: &str = "\
-----BEGIN EC PRIVATE KEY-----
MFcCAQEEIFe3fQv7u07NX01WtPsB0M2DiWqqlEVkkoVPqK+FwkqAoAoGCCqGSM49
AwEHoSQDIgADMdo78f28JZdmg+STGbQZ7zyr9uubhfrFHuiKB/vrkmk=
-----END EC PRIVATE KEY-----
";

/// `openssl pkcs8 -topk8`
pub(crate) const P256_ENCRYPTED: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj8Onyy8aiT5QICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAjSJuCW0wtXA8qe9w9s9hEEgZDk
vtcw8cezKburOPHSYpkPg9Q2IkKkM8r+8AOKhRtP3MbhNCnUuxovMUgQGW0jeYwT
rXyVZ0oVxVqKh0qzm+d+Si0JneyjHvtSNRk2aIbbjgz9SpDtgwZXcuwY3YjeulZd
/IAGIqaGOLoDA+NfBeWQ+KPgtKlywwItqC/uxsdEEkqoYIuF9CUKjBXLDQOm/BE=
-----END ENCRYPTED PRIVATE KEY-----
";

/// `openssl ec -aes128`
pub(crate) const P256_ENCRYPTED_BY_HEADER: &str = "\
-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,78EBF0BE98CFE43D508CDE1675314E76

RDGhDZQYir9h8HGI5Yje7gFoQHbot74nIX47zx4cfQpf2RwWv/u3Sm2Id9Hpl2a9
4s0kQ550/QOggksJUo6Ul+NcIfIj3bRp+d5tylaVvqeMXEQXxjsB6MBoEyk9w4RC
pwoASrVqITYPH2m2xbKUM9KxFl9VIxhMiir8ly+oxHs=
-----END EC PRIVATE KEY-----
";

/// `openssl ecparam -name secp384r1 -genkey`
pub(crate) const P384_SEC1: &str = "\
-----BEGIN EC PARAMETERS-----
BgUrgQQAIg==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDCeZseznZjGsB6P0IrdXENM0nhWKTT1tWXkVK7/+c+oRZlRcRq5kh+H
hffw54SDeJugBwYFK4EEACKhZANiAAQaKlvzblVcSuZneWFXmE4fb/TNXjJ+4IyS
tfVYDkNaKb3pYE92PvgBtYvpx8Cv0UEpr7GJdRJ3QL5Au9VsKmpfXxhJp8njPoxt
ZAVyu46V508MtF3plOpjklleZ6eE8oo=
-----END EC PRIVATE KEY-----
";

/// `openssl pkcs8 -topk8 -nocrypt`
pub(crate) const P384_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCeZseznZjGsB6P0Ird
XENM0nhWKTT1tWXkVK7/+c+oRZlRcRq5kh+Hhffw54SDeJuhZANiAAQaKlvzblVc
SuZneWFXmE4fb/TNXjJ+4IyStfVYDkNaKb3pYE92PvgBtYvpx8Cv0UEpr7GJdRJ3
QL5Au9VsKmpfXxhJp8njPoxtZAVyu46V508MtF3plOpjklleZ6eE8oo=
-----END PRIVATE KEY-----
";

/// `openssl ecparam -name secp521r1 -genkey -noout`
pub(crate) const P521: &str = "\
-----BEGIN EC PRIVATE KEY-----
MIHcAgEBBEIAH4U8wgJiFrIJPYvolE+Vt0YhEF5perMWAc+c4EVB9UPsRDQ8r4e+
B0dpRqvMiHkCkUrj4qRzZv4PEh/6rbLIiOigBwYFK4EEACOhgYkDgYYABAAtFtvk
1LGAM65A+ThapFeWIE7rlxpKBJSFWkk5t7EAARHXelX0OR0jTlPqwb/Xlex9cBGD
PgT0bXzf8Dzck3aetAEpiaWtRnhfGUnNfNj9s47nG2EC7L4jvnhtug2nKbOXtlYf
nG6UPpPCfnwptO+oUw/654LV4xvpsDZq5hEN3c/sAg==
-----END EC PRIVATE KEY-----
";

/// `openssl genpkey -algorithm ed25519`
pub(crate) const ED25519: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIFSwSYLOGGUlubxt+it4fu59x2mYuQwk4lsfDQBo77iG
-----END PRIVATE KEY-----
";

/// `openssl pkey -pubout`
pub(crate) const ED25519_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA3dPnumeKpdo7Xi6N0MqMdpLvDHeJFTNjJf/DJVQz7ig=
-----END PUBLIC KEY-----
";

/// `openssl genrsa 1024`
pub(crate) const RSA1024: &str = "\
-----BEGIN PRIVATE KEY-----
MIICeQIBADANBgkqhkiG9w0BAQEFAASCAmMwggJfAgEAAoGBAO2w9CrKTiZjWKMX
bZVor1YkPdPx7cn7PTF9TxtJD8b6pBNSY48xrt5RP/3i5S7Pbhfe61rH6i4/LMJX
zqZsjWDsYKsYV0ee+jGLzau51KdYaOd1p7HHZw417R/FFWoorcx6ifX2bfsVvEcj
xDzN0B8Mnb+KzWg5Z1BW2sMcizKZAgMBAAECgYEA1yo+fZXRFNMN4+VLX9r6DeKU
zY3NkfAKvwgOWkbTL26opI0Kbw+smre2U9/XU36WzKkRKIacKO0rWWofOWw+tWXj
nED/gyTDy/q9ua0m444SRWjTftxveBF9LHceRhXiSdEJIMr08egWZ6XYQPTZW55O
1XkK2LjDY0wL1dviJrkCQQD5eV+eWXXkTr6qSy9pNR6pfstwL+QycDgcvPgbyTiC
ZabI5VN1hmNpt64chxCJ57wJsyI0MbgFxJdiHRWWoOCLAkEA8+is0JjsCq1PR1bz
4jjh34DzpOiThrtALXstmzfsww/sGS0vDlAcLUOBSQlhD4DbHJ/GFRglhf5x4SUy
zT6Z6wJBAIibpPeCB2N4l0GLIDAdLWglDWOmZfAUsTVTaQ1WF4KYBUd3BEeTynZG
Zaorb6wEYFxzYiRwoVNPPpI0WPD9sVcCQQCwEOmOupTJMEnmKXJrfrwt5pv6EplL
zKeLLTvCrCAQvtGjauZo4pM0aWJOIqMZ2d5RT1RhrciIbSAvcfa2CdZ5AkEAkIWq
zUSyhgdkXUminMWFMppKpi0Jbu4yjGNx7bxdoxfyTXfPBtRuK263xfqR2v6Qs0EA
xs7rVhdHqG92b4ewtQ==
-----END PRIVATE KEY-----
";

/// `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`
pub(crate) const RSA2048_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCe98sLV9rLFukC
rlDJ6Rj4r6uRXOAzATP29RF6DCawhgpjMEx/WS1dvg/FJKdLXwCNmk9SihAr70a/
Uy0SeY3Jg8yFQGDCNrxNSy3BjSkAUpJvQ1BZynVbiOfT5hNI9vWOUHUdi+gptD7d
o4AIdskVtxyyx762gSAltc4ZstkHYeIGFA4rwc7gjhtcYDvDQACl1GhLOnEucn99
h0UsLYwJHKn/DSkDqFn0Izh2Y2hrNgPvYwMUxYW86S51kIJ7gnpTztbFqlOc5hXB
c5vRIDor4/eEUPIgwx/LQZ7my1szn2oyqr8+BmeuWaorACxw/JuWwyVcxpQH3Kzs
8puX6Ah1AgMBAAECggEATiOTJLI8k9NhGbZBc94mLid7d+plMe0Hc/6mZo2OfvqE
JJlbIMXe7NM9wTPxH7VE+lW9Y98Fb/MfnW/vGcOyFDm60E0CwrRQ/tVTWm5elw//
dr1pw5km8qVq/td650StExUtXCanKci1lhCGIKLy2L+3VZGlhuQVvzOMaUlmMJ//
FBPwzF0FPRYed9RfVUuKSESKw0j05m9rWT2rr5/Pn/LMeebdFkZMXiVJpcmprPzp
UBaKSGNXK91/7sGg/QsiYy23bzBCBbl1+T/OJ7E/gqvZfbH8Pq5p94iMVF9xBsOj
7xWBuVT5sujOmFb9u5po1CZZqwK5X4kSqykm+U8RSQKBgQDgyaMsqJ/59xYOl7V/
xzZ6Gox4qkMf7NHPDg2hC1CndZ3PEwRuAKlUz3PHNWTTjKU+1+HejLBw2iIICUF3
I3uve7RZvRtmst7AJmNnk8feFMd38ywalX6uQ53QIE31SutLqksjZAN9wVB+T2FD
8UJeH/ADMqE1kXpbrWHd8WOFiwKBgQC1CoK9DLWld+naNfNb/Tjod3ydkifGns9a
17KxMte3rac4yOHpA9PZAMCb97bLPJJ31ybpQa0bwhxr5Hf9EOKjgTYzwZhnhLXZ
iKTtHogws3qOVfnNYfRRcNwvDViHidg5ZzlAN7slPf6O6g42FlnfgxHFovNxnL94
At5lfABp/wKBgG7skYz0GR1shIHm8zV+xK80cqUIv979KfuW37rcrow0Sg9pPwJZ
aTXkuSlQe9S4zsJYHamIm3jU634zsw5rgBl0Xeb6no7rLWh8iQkPr80zS8sxQE5N
/xlXXITbrByjP8Ey46kvLVndDy+FVGYGo812zSWG0m5wv4SF5olzGL1JAoGAfNhU
tB3xnbwFrg8KVWNYPSc47kh92YBmqdSZS40uKWI9MPGGqHOVQc49BNFcYubQcogS
M0SxJbVEeDrDa+abA/n08NgOS0S/StXqNgKaFEuQtlsfurxUCV102ZWweTdbvqoq
VtiX2+TWiKNrTW04aOQv+0SV8MERYKdJyl4qwu0CgYEA1Dk8rSF048p7cLPWmFoI
RuA/xBsjClLz0jMEmS6/XTS3x3IbQBnGDftKHempmSmv4CVBqxV95Q3vtTSIoJtU
s2k9938HmgWyMR3QYlHLCi9zBEPb9HYOEfLW+U6dO6tZzU16SJM91jD0NNbp9A0O
p/n6/R6ku9Jqi8YOsPs+ln0=
-----END PRIVATE KEY-----
";

/// `openssl rsa -traditional`
pub(crate) const RSA2048_PKCS1: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAnvfLC1fayxbpAq5QyekY+K+rkVzgMwEz9vURegwmsIYKYzBM
f1ktXb4PxSSnS18AjZpPUooQK+9Gv1MtEnmNyYPMhUBgwja8TUstwY0pAFKSb0NQ
Wcp1W4jn0+YTSPb1jlB1HYvoKbQ+3aOACHbJFbccsse+toEgJbXOGbLZB2HiBhQO
K8HO4I4bXGA7w0AApdRoSzpxLnJ/fYdFLC2MCRyp/w0pA6hZ9CM4dmNoazYD72MD
FMWFvOkudZCCe4J6U87WxapTnOYVwXOb0SA6K+P3hFDyIMMfy0Ge5stbM59qMqq/
PgZnrlmqKwAscPyblsMlXMaUB9ys7PKbl+gIdQIDAQABAoIBAE4jkySyPJPTYRm2
QXPeJi4ne3fqZTHtB3P+pmaNjn76hCSZWyDF3uzTPcEz8R+1RPpVvWPfBW/zH51v
7xnDshQ5utBNAsK0UP7VU1puXpcP/3a9acOZJvKlav7XeudErRMVLVwmpynItZYQ
hiCi8ti/t1WRpYbkFb8zjGlJZjCf/xQT8MxdBT0WHnfUX1VLikhEisNI9OZva1k9
q6+fz5/yzHnm3RZGTF4lSaXJqaz86VAWikhjVyvdf+7BoP0LImMtt28wQgW5dfk/
ziexP4Kr2X2x/D6uafeIjFRfcQbDo+8VgblU+bLozphW/buaaNQmWasCuV+JEqsp
JvlPEUkCgYEA4MmjLKif+fcWDpe1f8c2ehqMeKpDH+zRzw4NoQtQp3WdzxMEbgCp
VM9zxzVk04ylPtfh3oywcNoiCAlBdyN7r3u0Wb0bZrLewCZjZ5PH3hTHd/MsGpV+
rkOd0CBN9UrrS6pLI2QDfcFQfk9hQ/FCXh/wAzKhNZF6W61h3fFjhYsCgYEAtQqC
vQy1pXfp2jXzW/046Hd8nZInxp7PWteysTLXt62nOMjh6QPT2QDAm/e2yzySd9cm
6UGtG8Ica+R3/RDio4E2M8GYZ4S12Yik7R6IMLN6jlX5zWH0UXDcLw1Yh4nYOWc5
QDe7JT3+juoONhZZ34MRxaLzcZy/eALeZXwAaf8CgYBu7JGM9BkdbISB5vM1fsSv
NHKlCL/e/Sn7lt+63K6MNEoPaT8CWWk15LkpUHvUuM7CWB2piJt41Ot+M7MOa4AZ
dF3m+p6O6y1ofIkJD6/NM0vLMUBOTf8ZV1yE26wcoz/BMuOpLy1Z3Q8vhVRmBqPN
ds0lhtJucL+EheaJcxi9SQKBgHzYVLQd8Z28Ba4PClVjWD0nOO5IfdmAZqnUmUuN
LiliPTDxhqhzlUHOPQTRXGLm0HKIEjNEsSW1RHg6w2vmmwP59PDYDktEv0rV6jYC
mhRLkLZbH7q8VAlddNmVsHk3W76qKlbYl9vk1oija01tOGjkL/tElfDBEWCnScpe
KsLtAoGBANQ5PK0hdOPKe3Cz1phaCEbgP8QbIwpS89IzBJkuv100t8dyG0AZxg37
Sh3pqZkpr+AlQasVfeUN77U0iKCbVLNpPfd/B5oFsjEd0GJRywovcwRD2/R2DhHy
1vlOnTurWc1NekiTPdYw9DTW6fQNDqf5+v0epLvSaovGDrD7PpZ9
-----END RSA PRIVATE KEY-----
";

/// `openssl pkey -pubout`
pub(crate) const RSA2048_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnvfLC1fayxbpAq5QyekY
+K+rkVzgMwEz9vURegwmsIYKYzBMf1ktXb4PxSSnS18AjZpPUooQK+9Gv1MtEnmN
yYPMhUBgwja8TUstwY0pAFKSb0NQWcp1W4jn0+YTSPb1jlB1HYvoKbQ+3aOACHbJ
Fbccsse+toEgJbXOGbLZB2HiBhQOK8HO4I4bXGA7w0AApdRoSzpxLnJ/fYdFLC2M
CRyp/w0pA6hZ9CM4dmNoazYD72MDFMWFvOkudZCCe4J6U87WxapTnOYVwXOb0SA6
K+P3hFDyIMMfy0Ge5stbM59qMqq/PgZnrlmqKwAscPyblsMlXMaUB9ys7PKbl+gI
dQIDAQAB
-----END PUBLIC KEY-----
";

/// `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:8192`
pub(crate) const RSA8192_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIISRAIBADANBgkqhkiG9w0BAQEFAASCEi4wghIqAgEAAoIEAQC6+MDplvJXQg+i
sMwnvWtjDPx9M5kRp03s6SyjY4T0Y3jbkaq302hOwv6mVig68wpvzp6vRz1Y9Oaj
zlyEqqkY2U54Ndk/eKL5oojzk4gdodI9/7IKnRhoamDDt0myPQvTAqUfxKeVDJSg
VKSnLVooBH541a6NhBlCrorEdewNT3XGSiOfeGLMKs1E/0/aot7oDigS/sWSBvNU
XJfb4xwsOqVjmmnSJivq5ZAA+G6ewz068vTSVpyDEBY/5dDIFSzvQWwsoJ+Xdtne
jGrx8Har3nxAdt7AUVJzlU1WcfxmnCJ0LYue8QJaHud8n7n9duS3WHbElvSsalBx
Z2h6yetBNtQolYY8rqdEXoElUQTVJrr0QPCw5hQuGkjwTvJuX/vJiUK+ZkkXHmn1
yFG21QJy8xHd8a1+yCQWTy9OGIMxVbEG2c2G4Z6YrjrTZvbBzUG4P/iw7Iyi+UH9
ooX8k7ZE2NTYwqXEiqsReo2RqFhKwHsn0NtEIgWYOlnmcx32w/vtCWCuB1z+qYX5
LPsyHIhL24jmwOT7svHk8NL7q/V7AzxymycgmPlHogu6YM0NnIM+mvgxrkAGEgPU
E5W+9lUb/x3BHasW/bzkI9Flvy9uubc/inrmSyOKIU9IwSZrBmpMmerdQU0g+yzn
LMR9DmDrHTxiGd1RLkDRbhUeWo7dwHCTVO+jOc7EzQduRKF7/k9BoRlE8O1RFB8x
B4dB8597Z10K1VAdExz5KDVtfKWJkF3dzaXu1ZHBaUgmAK+kb/HmOd5zPYiM7AQy
VeN7vhaEvZf4hg/gHPNId/1VFyxP1MSpp2mxJnQcSyKjzrc4Ge6PK2ncy62GW8tp
HuB97Y/iij0GWRb/jqxHDaqZm1tgLCRZ4DRc+2fccd0LaWJcBjVbvElmh9fbrUoZ
wnjyR62wh9tkPJrH+lS0p7+RMpoqffNxLfAcTStFbBPB0Z0kI/S9jG029RNLf8ue
9jHDwRWGsQCOmph9SYOSGAVQK1OXkI08yvlMYfhiy1ZTilY2DmqhvS9aXzxScyu7
ozKHdvggwocZTnSucHbnKN4MCDHJE+6pij0VModY1W4/2EGs7IXw1N7MkWEpdpqD
YxCKV3pVIGmN0Fle4DrtsouNr45pg/J6eU9ptiutN+wcXcNcertxQH3N24xu5YVB
rQPWX7iqq5rObsxTZ8BKbDw1vejZ0NMeEk54iY6raLB/umYu6cqIS+R/MXwbJO5e
cGOvYv8OTkw4pjbvl7Z6hzqZJxmzgxaussmvDw6W8MzI023AKiWuoYnEZxwRodNb
IWRRPx3qSbcS6a+g0evtT1eU+fAHOqBAfs7UwPmpl8H8u60IloykqS02mQJUFUk0
G/ac5I3nAgMBAAECggQABouVqs3hG/C6x9rXf7AHUh/4pAagTzrmDE1+Sp/Re591
D5KuaJMCQYyERSbfb6oW46x+GNhB0v2fKBrY41z41po83RIib1hOoI625p9gEj3L
b6tq/GRJKepIqHFRJ14dGmRSd1btbpwXcWlqEd84zDTBm29LPWeehOo56xPOpPXf
OYcfW1rxmdkwgQSvWpHMSFC+jZ/8hYfrX68L97wWSAIXuN3nzpkhfTh2snWxLfnH
kpJVr98GBLA88QFkVXGyyf+I2MCiuoWrcq+wLTKo8593GefZPEIhdclNFMllgZQ4
mNsvnzo/Rfw4W7ZFRRTGpz/YPhKjsQIU/l+fMxesx8tGHF1KHEJ7uZ04FsekmyCy
0COInTFW4/kLIHe1gRLjk6osXeWAdkp+gRpjvZyxpy1GZ//tpXJSLz1wtYAEyslC
yGDX/0ksEIcoRqUzGbxV0aJmIQXlqdmmQ/rYmv9VY5fCsUal5KDKGCSfxclbRyIF
Y9Uz1CITOhArVQpOKJx366K/jyRdxPYCvcpoek5h27LjWhOzYaP/MEhPe7d/HthM
ipPFQxzy49N1P6WUoyZYfdjMWXocgkYzU6XOo3/jUrHO7HX7CYeLWfXRMDsI6Qw9
TrGZCOKqMF+iS+Xyxh4PTETh4ioLv2arl6qe/pW9Hqy0fIQ3vR0Y3I+1cRdGoTjE
a/hNsSYMGaz5kFm0mK7V8iMb5O7yw49z9ZRxG38m0On0K1mLN0TqKR61VKO4jfnJ
ZPO9K5RaG4E1LH/ADBkFEsv6qCx92L6gDbbg4i0TemmUrJ3nUj/i4MMv6xm9G2OK
98Zi+CiptPPUoyQP8EgqUEdcDyliStTEk7UZkeD1TZixQUTeGkw3zWNvuvNYht6U
9jjaa2TFp7C6xB/Rl6+2pehGrWpxiHx0EhLEEwT9gs/BAoS1Vn+yUu+T39DHZX++
Xd+qucRbrOFkHiBcMO0GhKEDbiCodzMBokRzhddJUEd7q4i2jr1WDN1ahoKcEPXG
lebkN5jWqvziXXgBVBmMRSMOERvP35b5VRlO47DjSgpW4tE6Jh3RBmerPVRVbZtG
S6zJJjAoq7ChpPuD3wOuWPXYSRQtd3zeOLLszEnb2JjOdFeIbX11NlUHAvyR12oT
SIYr1OawemEbtxjwc6M5CAUjSkx7PBHFciFiFHieGnqflFXgmWVZ2QRxUbhRMDVl
idceC2VsckzE9Ty3FrWimRfmK11Xni8IqPxKjTZep1WLckKUGjeel3Doac6y3bmv
EBTKYXu75rMkZEoK3LyUVPZ5DfoLDO2BBEfOQ7eIfWhXwupiJLwfBvZc62Ipm3Gd
TDTuwIeTiHSdOp4ejZeRNz6gh+nDw4kzxQm4Vwh10QKCAgEA6pvgOytrQVFQrJ09
Yd+uZVfuBym6H1OebnMKHN0Aaia3y9CWW7UX/XPGKHzm7PS+f1OGpEi6+EHvuMyp
YfeJqXmh2ZTuCYLx27XkrKe+QBDHDTxIyYEsMSlFRWTFF/SSgIswWejobwj55h3H
M5gw8uHMUzOsLpEkn1YdnEBI14Di+qm3PpCv1RvC0iYL5n8fk/vc7dBqczDNrodX
tjD1/M94OcBxKq7E/KF9du4NJsjOhKUtDr5QBz0ClQAjQ9iORSHrt67ucDJ8bD/a
rbUefiN5uvTROEZI0urZ1/MsLkOVlA66NjNDt8Vxf+Mg/AQyYC9EIDSmMmuV1dhu
olPat9oAPBuERM4E+rM0Ml3NcBtCgC+Uuyn1Gf8qrQ3lLRfPhG2qEBYXVz+B7Z0O
QpoypI/ak/5X06M2GQJW/eGxMZ/AYfQaYkpw3TBt7vD4sKXvv8GzAF+WSPhxCRxm
tP/XHkFLCi7DrUG/X67tieJgxIjRFC+9ZfonpIurT8PDf+vGxkJyRSvMv4aestxP
S39gG2TYUzKG4ID1MDin9bkzoXayJaEypRE26C0FouviN+oB2LnC4M6nKzloygL/
8UMWp2HQEM7Ga06nk57wb5UwkvEeAV1OgiUfoTEGuLbOv1N+WYtnCu693duOumtK
O0wuSDmn+D00U7nb+pDBlMWtMp8CggIBAMwE9DKX9H05nd0GWBfIfoUlkjokpcvL
ygQOvZ/TBTufq5wRnkvOW5h1Em6ffd8wYbP4SNjINSPceaW3OeeGLB2UQqzUGv90
ZJ+aXx9P5Y9AKgqQJFsH/A6WctrgHEo4Y6Q3uIexChi9cvamNS1122OkMHf7LrKu
5vL1b9Uw7IsEMG4U2BgPgeWXGVlUuGXKjGXxtfzZpknlHaVgxNb6NPI/zgaM6Jbb
m2BJMwJZdpPNaXtMZGSQuKO2JLGkiAw0qOiXN9p8Jl/Qed1Pj5/VZ9+8UCE1eD3Q
aJFfKyEN8KAjFFKKmOq5LCLHRDtmlEXsuLi02ZH1g4okPGpA3xVjT2PbTmqHKree
28078shuSR/wRZly0vsXOBIGkRw4mC7ej4oMs2g9+JQEnXRADbOQ4igACoEsOuZO
OZ6+m6+6eQAIkeS+bGWSR83crHeHwegTDacWuIS4fWBpOG9BZotzvTH2TWfODYMe
NGOkZ+tbKvcd+FaMgVk+4RJOIfkSB9GdTG/Og4bKuVeDagRH+0TgkkAZe20o4GtL
2a1fmy2QdGiEgcXPTQYyUg4fR8YVsNrN7r85KnLMaSz4nIPT3O/W/4MbOlwYRs1S
ZVVHG5C/kHJfDqc+R9xOKpJsXx9NyWaL+mftjfRnOXFyS+3yUclsAHAnfO+cjEds
EOwo35JUg2e5AoICAQCoMH1NDfCDUA884DDsJJZ60tGy0ug6oxC2b8R1Mr6kWwNy
myPftPDw43nQ9tH6V+7livTAe9+GMIbx/c8Ei5hmJeuw94K60OQgtcKtQEg015JL
28b2pqMOz154xChD5zLL8n0ER+OyDkZRAVIYm+ejh9qaXzX14FnX3L23kaJm1GBk
gRz8Pm+/oHpHe70WTlZOGcalur9Fu1wI3cA0vd7rkbTH+j1m8woHbqJqi3hkMJtV
HrExm5/1wHhEZ2fgsLQ1vX6mHUOUrazjUdespmao2TfgnrgK1uBITNNFbHBk7lCi
Zvh5+MB4U5TtsN+prDyNFfWJ/RSUmuo89z9BIkpveVqnvLZTOTr6m1Q1M2gfEXvY
N8QxdX/gVjy6+XYtoJ9FefTsOVocU0wLE4fwmWjq7rItXK6L67rRrQq+UXldcQBT
eNMdWe6Vs61sGda/lQZOe0efYed0gp9Of8zlv2/xoa9xKltfrv3KU7a5HdBvtQHm
rd7i57ZZ0UNMGLTj1RyYb3RKQH81YwYMhcJXBobYvLAU3Okys2CTZFqM32uzOku2
jFypV7D8O6KJzP9NRHZ0b5/U2HGhnDOSdxoTVRw9fPLTydkXfrjGLLCD3fmHrlHr
en/Y71JAlcwSygNnyCyRd0202bjF/yvQWzBJWHDpmGPho8cKqviYJgSRajGjUwKC
AgEAoS/gxwArF6ynvnI+szuiSguvBeTiYKr3RlFnG5ia78psyPdae0XkNAV6tI+p
4OXWq1ukIjG7WkPckEK8quDkhdIXA3jog58vyLEsKg7zrUPic0oCjzE1wUi4IZki
gLkgcCPd1MbY1UcIRzp1lR8iYAzehkybTmzE5ntnCaaHnCWJJc+uEwRdekjwrBU1
QqbOWdSoFcbXjFZKH9jea4Juxl4GpkI5mMaUcXQjqt2Hw6pshg+K2bFFT4KeZwM4
wXvxXyHp7OJdZyHMxj8PmBYA5VFgdXxLLXs0wnXQG2NqEvrkGXqK6he2eRu6Grwm
tUAbiULJCnpQnJmYadIq7jjyBlDEGYIFC+Gkgve0DwqjF2q7ckq3yc1EbWlmyEcm
ZRFNkqIKNHeRp1AmHixlJtN2+mdd5UROnJp9B6BMXIAVDSO4MGMKPQ1fUZPhZuaJ
GpPDG5nl2mXwGHXJMo0XOWINviV8bmDraAY7GeZQfDAhN/Ajvi1wHFSDefTk/mVy
a/e85jDg1WPhHvUik5NTP821fpMjYtECzYK1zjZU4aDZd6II7YGktxqWnbW0/Rky
CwzcbZP6p4w8JF2fOr/uNEdGxAyFBTHg7mME0GVHsArJUrMrXpLkL3hKRjj8xjys
vCongmi62LedOLY2qx3h5CNCDVoFaUHjyqHklNCOIoxG7XECggIBAJ0wur6TrsXH
w6Xf22d3VEAR2mGREqR+Ybq8t1bOuWWiCG4/KHM1rlcHx/X1vVpXSss1scD9jkXp
5L4QVqgldnNpSBWhXTA9ZvWE4Y1lg3zqgSIC94n88X7juG1xFvQZ+1M2n9g0PX7o
SOwhXS61EecGpxfm4dC+nznqFLBSEw0w9ePjuWNaRi1Pgc2sVPTXfeIQtU/BPcO5
gvT7iHThfZfniRCLUBIknx86mpsb6hRCxWWTdoH/43K1ojxBaVu0HenFTfubCt6I
RphJjf/+lL6e4b0KyJ0A86cHztPHVLy+gn5V2mfGHGCDasDu7ptV5H+vvHGHRPB9
pj9GaSPKGZ4nF0n5Pce4pEiq4D+AqRAOw485jpFhm4cBIMUXAD/F29QDGbsFDPtB
irB7NQGyostuV/XpJIQzzVl6x4+RMNFtjw+lNnNTcDzKlYdT25yuUShyj2metNj8
MZodz7/Ljd1ubi+74F9W7BfiOMq5Zh03Xndkb5Pm05ghACeyl3C706LSMisEMoD2
K8jNZPOc/1AJH9dnIHMKORpjq5Kjse5z5ZtyQehXEhzeRVQV9gpL8syiYmTpGs1U
HTvium+BI9IBE4togC6Ya5x8apR/M+RLASoM36kldClP+BjgKSRSkia+p/+wQC8L
3DRba5F83yUjoWAGKZ4T5oozWbHYpbGr
-----END PRIVATE KEY-----
";
