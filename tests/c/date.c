/* Dates in headers and cookies. */

#include "common.h"

#define EXAMPLE "1994-11-06T08:49:37Z"

static void
assert_date (const char *text, const char *iso)
{
  g_autoptr (GDateTime) date = soup_date_time_new_from_http_string (text);
  g_autoptr (GDateTime) utc = date ? g_date_time_to_utc (date) : NULL;
  g_autofree char *found = utc ? g_date_time_format_iso8601 (utc) : g_strdup ("none");

  g_test_message ("%s", text);
  g_assert_cmpstr (found, ==, iso);
}

static void
read_dates (void)
{
  static const char *const table[][2] = {
    { "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE },
    { "Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE },
    { "Sun Nov  6 08:49:37 1994", EXAMPLE },
    { "Sun, 06-Nov-1994 08:49:37 GMT", EXAMPLE },
    { "Sun, 6 Nov 1994 8:49:37 GMT", EXAMPLE },
    { "06 Nov 1994 08:49:37", EXAMPLE },
    { " Sun,06 nov 1994 08:49:37 gmt", EXAMPLE },
    { "Sun, 06 Nov 1994 08:49:37 UTC", EXAMPLE },
    { "Sun, 06 Nov 1994 08:49:37 Z trailing", EXAMPLE },
    { "Sun, 06 Nov 1994 09:49:37 +0100", EXAMPLE },
    { "Sun, 06 Nov 1994 07:19:37 -0130", EXAMPLE },
    { "Xyz, 06 Nov 1994 08:49:37 GMT", EXAMPLE },
    { "Sun 06 Nov 1994 08:49:37 GMT", EXAMPLE },
    { "Sun, 06   Nov  1994 08:49:37 GMT", EXAMPLE },
    { "Sun, 06Nov1994 08:49:37 GMT", EXAMPLE },
    { "Sun, 06--Nov -1994 08:49:37 GMT", EXAMPLE },
    { "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z" },
    { "Sun Nov 6 08:49:37 94", EXAMPLE },
    { "Fri, 06 Nov 70 08:49:37 GMT", "1970-11-06T08:49:37Z" },
    { "Wed, 06 Nov 69 08:49:37 GMT", "2069-11-06T08:49:37Z" },
    { "Mon, 06 Nov 100 08:49:37 GMT", "2000-11-06T08:49:37Z" },
    { "Sat, 29 Feb 2020 00:00:00 GMT", "2020-02-29T00:00:00Z" },
    { "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z" },
    { "", "none" },
    { "garbage", "none" },
    { "784111777", "none" },
    { EXAMPLE, "none" },
    { "Sun, 06 Nov 1994", "none" },
    { "Sun, 06 Nov 1994 08:49 GMT", "none" },
    { "Sun, 06 Foo 1994 08:49:37 GMT", "none" },
    { "Sun, 06 November 1994 08:49:37 GMT", "none" },
    { "Sun, 32 Nov 1994 08:49:37 GMT", "none" },
    { "Sun, 00 Nov 1994 08:49:37 GMT", "none" },
    { "Thu, 30 Feb 2020 00:00:00 GMT", "none" },
    { "Fri, 29 Feb 2019 00:00:00 GMT", "none" },
    { "Sun, 06 Nov 1994 24:00:00 GMT", "none" },
    { "Sun, 06 Nov 1994 23:60:00 GMT", "none" },
    { "Sun, 06 Nov 1994 23:59:60 GMT", "none" },
    { "Sun, 06 Nov 12345 08:49:37 GMT", "none" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    assert_date (table[i][0], table[i][1]);
}

static void
named_zones (void)
{
  if (differs ("libsoup 3.2 does not know EST, and takes PDT for 14 hours"))
    return;
  assert_date ("Sun, 06 Nov 1994 03:49:37 EST", EXAMPLE);
  assert_date ("Sun, 06 Nov 1994 01:49:37 PDT", EXAMPLE);
}

static void
cve_2025_4945_overflowing_fields (void)
{
  assert_date ("3Mar9    999:9:9+ 999999999-age=main=gne=", "none");
  assert_date ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "none");
  assert_date ("Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", "none");
  assert_date ("Sun, 06 Nov 1994 99999999999999999999:49:37 GMT", "none");
}

static void
cve_2025_11021_zones_out_of_range (void)
{
  assert_date ("Sun, 06 Nov 1994 08:49:37 +9999", EXAMPLE);
  if (differs ("libsoup 3.2 takes a zone of a day and more"))
    return;
  assert_date ("Sun, 06 Nov 1994 08:49:37 +2400", EXAMPLE);
  assert_date ("Sun, 06 Nov 1994 08:49:37 -99999999999999999999", EXAMPLE);
}

static void
write_dates (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (5 * 3600);
  g_autoptr (GDateTime) date = g_date_time_new (zone, 2020, 1, 1, 2, 3, 4.9);
  g_autofree char *http = soup_date_time_to_string (date, SOUP_DATE_HTTP);
  g_autofree char *cookie = soup_date_time_to_string (date, SOUP_DATE_COOKIE);

  g_assert_cmpstr (http, ==, "Tue, 31 Dec 2019 21:03:04 GMT");
  g_assert_cmpstr (cookie, ==, "Tue, 31-Dec-2019 21:03:04 GMT");
}

static void
four_digits_in_early_years (void)
{
  g_autoptr (GDateTime) date = g_date_time_new_utc (33, 4, 3, 15, 0, 0);
  g_autofree char *http = soup_date_time_to_string (date, SOUP_DATE_HTTP);

  if (differs ("libsoup writes as many digits as the year has"))
    return;
  g_assert_cmpstr (http, ==, "Sun, 03 Apr 0033 15:00:00 GMT");
}

static void
as_glib_writes_them (void)
{
  for (gint64 seconds = -30610224000; seconds < 253402300800; seconds += 86400 * 1009 + 4711) {
    g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
    g_autofree char *expected = g_date_time_format (date, "%a, %d %b %Y %T GMT");
    g_autofree char *found = soup_date_time_to_string (date, SOUP_DATE_HTTP);
    g_autoptr (GDateTime) again = soup_date_time_new_from_http_string (found);

    g_assert_cmpstr (found, ==, expected);
    g_assert_true (g_date_time_equal (again, date));
  }
}

static void
misuse (void)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (0);

  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_null (soup_date_time_new_from_http_string (NULL));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_null (soup_date_time_to_string (NULL, SOUP_DATE_HTTP));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*");
  g_assert_null (soup_date_time_to_string (date, 77));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/date/read", read_dates);
  g_test_add_func ("/date/named-zones", named_zones);
  g_test_add_func ("/date/cve-2025-4945-overflowing-fields", cve_2025_4945_overflowing_fields);
  g_test_add_func ("/date/cve-2025-11021-zones-out-of-range", cve_2025_11021_zones_out_of_range);
  g_test_add_func ("/date/write", write_dates);
  g_test_add_func ("/date/four-digits-in-early-years", four_digits_in_early_years);
  g_test_add_func ("/date/as-glib-writes-them", as_glib_writes_them);
  g_test_add_func ("/date/misuse", misuse);
  return g_test_run ();
}
