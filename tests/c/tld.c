/* Base domains and public suffixes. */

#include "common.h"

static void
base_domains (void)
{
  static const struct {
    const char *host;
    const char *base;
    int error;
  } table[] = {
    { "example.com", "example.com", -1 },
    { "www.example.com", "example.com", -1 },
    { "b.a.co.uk", "a.co.uk", -1 },
    { "com", NULL, SOUP_TLD_ERROR_NOT_ENOUGH_DOMAINS },
    { "co.uk", NULL, SOUP_TLD_ERROR_NOT_ENOUGH_DOMAINS },
    { "192.168.1.1", NULL, SOUP_TLD_ERROR_IS_IP_ADDRESS },
    { "::1", NULL, SOUP_TLD_ERROR_IS_IP_ADDRESS },
    { "localhost", NULL, SOUP_TLD_ERROR_NO_BASE_DOMAIN },
    { ".com", NULL, SOUP_TLD_ERROR_INVALID_HOSTNAME },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    const char *base = soup_tld_get_base_domain (table[i].host, &error);

    g_assert_cmpstr (base, ==, table[i].base);
    if (base) {
      g_assert_no_error (error);
      g_assert_true (base + strlen (base) == table[i].host + strlen (table[i].host));
    } else {
      g_assert_error (error, SOUP_TLD_ERROR, table[i].error);
      g_assert_null (soup_tld_get_base_domain (table[i].host, NULL));
    }
  }
}

static void
public_suffixes (void)
{
  g_assert_true (soup_tld_domain_is_public_suffix ("com"));
  g_assert_true (soup_tld_domain_is_public_suffix (".co.uk"));
  g_assert_false (soup_tld_domain_is_public_suffix ("example.com"));
  if (differs ("looks for public suffixes without regard to case"))
    return;
  g_assert_true (soup_tld_domain_is_public_suffix ("CO.UK"));
}

static void
misuse (void)
{
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_TLD_ERROR));
  if (differs ("a critical for NULL"))
    return;
  critical (g_assert_null (soup_tld_get_base_domain (NULL, NULL)));
  critical (g_assert_false (soup_tld_domain_is_public_suffix (NULL)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tld/base-domains", base_domains);
  g_test_add_func ("/tld/cve-2025-4035-public-suffixes", public_suffixes);
  g_test_add_func ("/tld/misuse", misuse);
  return g_test_run ();
}
