/* What the tests of TLS share: the certificates of tests/tls, and a server and a session that use them. */

#pragma once

#include "common-attempt.h"

/* The certificate, with its key if it has one, in tests/tls/NAME.pem. */
GTlsCertificate *tls_certificate (const char *name);
/* A database that trusts that authority alone. */
GTlsDatabase *tls_database (const char *name);

/* A ClientHello, of a client of TLS 1.2. */
GByteArray *tls_some_hello (void);

/* A site whose server speaks HTTPS with that certificate; its session trusts the authority. */
Site *tls_site_new (const char *certificate);

/* An attempt to connect to a site that also writes down what TLS says: handshaking, accept (and answers `accepts`),
 * certificate, errors, version, suite, handshaked. Its session trusts nobody of its own. */
Attempt *tls_attempt_new (const char *url, gboolean accepts);
/* The attempt begins, and ends. */
void tls_attempt_run (Attempt *attempt);

/* A client and a server that are connected over TLS; `served` as in pair_new(): otherwise over a pair of streams. */
Pair *tls_pair_new (gboolean served);
