#include "roster/zip.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "base/ensure.hpp"
#include "roster/package_for_test.hpp"
#include "support/temporary_directory.hpp"

namespace bw::roster {
namespace {

using test::unzip;
using test::zip_of;

struct Strange {
    std::string name;
    unsigned type = AE_IFREG;
    bool encrypted = false;
};

/// An archive that write_zip would not write.
Bytes strange_zip(const Strange& what) {
    Bytes out(64 * 1024, '\0');
    std::size_t used = 0;
    archive* zip = archive_write_new();
    archive_write_set_format_zip(zip);
    archive_write_set_bytes_in_last_block(zip, 1);
    if (what.encrypted) {
        ENSURE(archive_write_set_options(zip, "zip:encryption=zipcrypt") == ARCHIVE_OK,
               "libarchive can encrypt");
        archive_write_set_passphrase(zip, "secret");
    }
    ENSURE(archive_write_open_memory(zip, out.data(), out.size(), &used) == ARCHIVE_OK, "memory");
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, what.name.c_str());
    archive_entry_set_filetype(entry, what.type);
    archive_entry_set_perm(entry, 0644);
    if (what.type == AE_IFREG)
        archive_entry_set_size(entry, 5);
    if (what.type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc/passwd");
    ENSURE(archive_write_header(zip, entry) == ARCHIVE_OK, "header");
    if (what.type == AE_IFREG)
        archive_write_data(zip, "hello", 5);
    archive_entry_free(entry);
    archive_write_close(zip);
    archive_write_free(zip);
    out.resize(used);
    return out;
}

const test::Entries two_files{{"a.csv", "x,y\n1,2\n"}, {"b.csv", Bytes(5000, 'b')}};

TEST(Zip, reads_what_it_writes) {
    Bytes zip = zip_of(two_files);
    EXPECT_EQ(zip, zip_of(two_files)) << "the same bytes each time";
    auto read = unzip(zip);
    ASSERT_TRUE(read) << read.error().text();
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ((*read)[0].first, "a.csv");
    EXPECT_EQ((*read)[0].second, two_files[0].second);
    EXPECT_EQ((*read)[1].second, two_files[1].second);
}

TEST(Zip, refuses_what_does_not_belong) {
    struct Case {
        Bytes zip;
        std::string detail, field;
    };
    const Case cases[] = {
        {"", "the zip archive cannot be read", ""},
        {"sourcedId,status\n1,\n", "the zip archive cannot be read", ""},
        {strange_zip({.name = "users.csv", .encrypted = true}), "the archive is encrypted",
         "users.csv"},
        {strange_zip({.name = "export/users.csv"}), "the archive holds a folder",
         "export/users.csv"},
        {strange_zip({.name = "../users.csv"}), "the archive holds a folder", "../users.csv"},
        {strange_zip({.name = "/users.csv"}), "the archive holds a folder", "/users.csv"},
        {strange_zip({.name = "a\\users.csv"}), "", ""},
        {strange_zip({.name = "folder/", .type = AE_IFDIR}), "the archive holds a folder",
         "folder/"},
        {strange_zip({.name = ".hidden"}), "the archive holds a file with an unusual name",
         ".hidden"},
        {strange_zip({.name = "us ers.csv"}), "the archive holds a file with an unusual name",
         "us ers.csv"},
        {strange_zip({.name = "users.csv", .type = AE_IFLNK}),
         "the archive holds something that is not a file", "users.csv"},
        {zip_of({{"a.csv", "1"}, {"b.csv", "2"}, {"a.csv", "3"}}),
         "the archive holds this file twice", "a.csv"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.detail + " " + c.field);
        auto read = unzip(c.zip);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Code::bad_request);
        EXPECT_TRUE(read.error().detail.starts_with(c.detail)) << read.error().detail;
        if (!c.field.empty()) {
            EXPECT_EQ(read.error().field, c.field);
        }
    }
}

TEST(Zip, refuses_every_cut_and_every_changed_content) {
    Bytes zip = zip_of(two_files);
    for (std::size_t length = 0; length < zip.size(); ++length)
        EXPECT_FALSE(unzip(zip.substr(0, length))) << length;
    // A flipped bit may hit a time stamp; what is read must never differ from what was written.
    for (std::size_t i = 0; i < zip.size(); ++i) {
        Bytes changed = zip;
        changed[i] = static_cast<char>(changed[i] ^ 0x10);
        auto read = unzip(changed);
        if (!read)
            continue;
        for (const auto& [name, content] : *read)
            for (const auto& file : two_files)
                if (name == file.first) {
                    EXPECT_EQ(content, file.second) << "byte " << i;
                }
    }
}

TEST(Zip, bounds_what_comes_out) {
    struct Case {
        const char* what;
        test::Entries entries;
        ZipLimits limits;
        std::string detail; // empty: read
    };
    const Bytes zeros(8 * 1024 * 1024, '\0');
    test::Entries many;
    for (int i = 0; i < 65; ++i)
        many.emplace_back("f" + std::to_string(i), "x");
    const Case cases[] = {
        {"a bomb",
         {{"users.csv", zeros}},
         {},
         "the archive unpacks to more than 200 times its size"},
        {"a bomb in two parts",
         {{"a", Bytes(3 << 20, '\0')}, {"b", Bytes(3 << 20, '\0')}},
         {},
         "the archive unpacks to more than 200 times its size"},
        {"small and very regular", {{"a", Bytes(3 << 20, '\0')}}, {}, ""},
        {"the control: the same bomb where it is allowed",
         {{"users.csv", zeros}},
         {.ratio = 2000},
         ""},
        {"too much",
         {{"a", Bytes(600, 'a')}, {"b", Bytes(600, 'b')}},
         {.total_bytes = 1000},
         "the archive unpacks to more than 1000 bytes"},
        {"just enough",
         {{"a", Bytes(500, 'a')}, {"b", Bytes(500, 'b')}},
         {.total_bytes = 1000},
         ""},
        {"too many files", many, {}, "the archive holds more than 64 files"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto read = unzip(zip_of(c.entries), c.limits);
        if (c.detail.empty()) {
            EXPECT_TRUE(read) << read.error().text();
            continue;
        }
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Code::payload_too_large);
        EXPECT_EQ(read.error().detail, c.detail);
    }
}

TEST(Zip, on_disk_as_in_memory) {
    bw::test::TemporaryDirectory directory;
    const auto path = directory.path() / "two.zip";
    ZipWriter writer(path);
    for (const auto& [name, bytes] : two_files) {
        writer.begin(name);
        writer.write(bytes);
    }
    ASSERT_TRUE(writer.close());
    auto archive = ZipArchive::open(path);
    ASSERT_TRUE(archive) << archive.error().text();
    EXPECT_EQ(*archive->digest(), *ZipArchive::open(zip_of(two_files))->digest());
    ASSERT_EQ(archive->entries().size(), 2U);
    EXPECT_EQ(archive->entries()[1].bytes, 5000U);
    // Two streams at once, and the second entry before the first.
    auto b = archive->stream("b.csv"), a = archive->stream("a.csv");
    ASSERT_TRUE(a && b);
    char block[6000];
    EXPECT_EQ(*b->read(block), 5000U);
    EXPECT_EQ(*a->read(block), 8U);
    EXPECT_EQ(*a->read(block), 0U);
    EXPECT_EQ(ZipArchive::open(directory.path() / "none.zip").error().code, Code::not_found);
}

TEST(Zip, says_when_it_cannot_be_written) {
    ZipWriter nowhere("/nonexistent/folder/a.zip");
    nowhere.begin("a.csv");
    nowhere.write("x");
    EXPECT_EQ(nowhere.close().error().code, Code::storage_full);
    ZipWriter full("/dev/full");
    full.begin("a.csv");
    for (int i = 0; i < 100; ++i)
        full.write(std::string(64 * 1024, static_cast<char>('a' + i % 26)));
    EXPECT_EQ(full.close().error().code, Code::storage_full);
}

} // namespace
} // namespace bw::roster
