// The list of mirrored tables against the migrated database itself.
#include "reporting/mirrored.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/installation.hpp"

namespace bw::reporting {
namespace {

using Lines = std::set<std::string>;

Lines lines(test::Session& session, const std::string& sql) {
    Lines out;
    for (const auto& row : session.run(sql))
        out.insert(row[0].value_or(""));
    return out;
}

TEST(Mirrored, ColumnsHaveThePrimarysTypesAndKeys) {
    test::Installation installation;
    const Lines columns =
        lines(installation.superuser(),
              "select n.nspname || '.' || c.relname || '.' || a.attname || ' ' || "
              "format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then "
              "' not null' else '' end from pg_attribute a join pg_class c on c.oid "
              "= a.attrelid join pg_namespace n on n.oid = c.relnamespace where "
              "n.nspname in ('public', 'control') and c.relkind = 'r' and "
              "a.attnum > 0 and not a.attisdropped");
    const Lines keys =
        lines(installation.superuser(),
              "select n.nspname || '.' || c.relname || ' ' || (select "
              "string_agg(a.attname, ',' order by k.at) from unnest(i.indkey::int2[]) "
              "with ordinality k (n, at) join pg_attribute a on a.attrelid = c.oid "
              "and a.attnum = k.n) from pg_index i join pg_class c on c.oid = "
              "i.indrelid join pg_namespace n on n.oid = c.relnamespace where "
              "i.indisprimary");
    for (const MirroredTable& table : mirrored_tables()) {
        const std::string name = std::string(table.schema) + "." + std::string(table.name);
        for (const MirroredColumn& column : table.columns) {
            const std::string wanted = name + "." + std::string(column.name) + " " +
                                       std::string(postgres_name(column.type)) +
                                       (column.nullable ? "" : " not null");
            EXPECT_TRUE(columns.contains(wanted)) << wanted;
        }
        std::string key;
        for (const MirroredColumn& column : table.key())
            key += (key.empty() ? "" : ",") + std::string(column.name);
        EXPECT_TRUE(keys.contains(name + " " + key)) << name << " " << key;
        EXPECT_EQ(table.columns[0].name, "tenant_id");
    }
}

TEST(Mirrored, ThePublicationCarriesExactlyTheseColumns) {
    test::Installation installation;
    Lines wanted;
    for (const MirroredTable& table : mirrored_tables())
        for (const MirroredColumn& column : table.columns)
            wanted.insert(std::string(table.schema) + "." + std::string(table.name) + "." +
                          std::string(column.name));
    const auto published = [&] {
        return lines(installation.superuser(),
                     "select t.schemaname || '.' || t.tablename || '.' || c from "
                     "pg_publication_tables t, unnest(t.attnames) c where t.pubname = '" +
                         std::string(publication) + "'");
    };
    EXPECT_EQ(published(), wanted);
    installation.superuser().run(
        "alter publication bw_reporting set table users (tenant_id, user_id, email)");
    EXPECT_NE(published(), wanted);
    EXPECT_EQ(lines(installation.superuser(), "select rolname from pg_roles where rolname = '" +
                                                  std::string(stream_role) +
                                                  "' and rolreplication and rolcanlogin")
                  .size(),
              1U);
}

TEST(Mirrored, NobodysNameOrWordsAreInIt) {
    for (const MirroredTable& table : mirrored_tables())
        for (const MirroredColumn& column : table.columns)
            for (const std::string_view personal :
                 {"username", "given_name", "family_name", "email", "identifier", "sourced_id",
                  "content", "receipt", "details", "personal", "subject", "device", "instructions"})
                EXPECT_NE(column.name, personal) << table.name;
}

TEST(Mirrored, StoreColumns) {
    const MirroredTable* table = mirrored_table("public", "users");
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(store_columns(*table), "\"tenant_id\" UUID NOT NULL, \"user_id\" UUID NOT NULL, "
                                     "\"status\" VARCHAR NOT NULL, \"primary_org_id\" UUID");
    EXPECT_EQ(mirrored_table("public", "credentials"), nullptr);
}

} // namespace
} // namespace bw::reporting
