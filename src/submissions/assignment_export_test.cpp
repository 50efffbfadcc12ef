// An export of a real database: it verifies, and whatever is bent in it is found.
#include "submissions/assignment_export.hpp"

#include <fstream>

#include "journal/tree_log.hpp"
#include "roster/zip.hpp"
#include "submissions/recorder_for_test.hpp"

namespace bw::submissions {
namespace {

class AssignmentExportTest : public RecorderTest {
protected:
    void SetUp() override {
        assignment = seats[0][0].assignment;
        for (int i = 0; i < 20; ++i)
            accept(offer(0, 0, "k" + std::to_string(i), "essay " + std::to_string(i)));
        accept(offer(1, 0, "other", "another school's"));
        record_all();
        log = *journal::TreeLog::open(*journal::open_directory(place.path() / "tree"),
                                      journal->status().epoch, {}, journal->status().groups);
        auto groups = journal->groups(0, 1000);
        ASSERT_TRUE(log->append(*groups));
        latest.head = {.cell = "local",
                       .epoch = journal->status().epoch,
                       .size = log->size(),
                       .root = *log->root(log->size()),
                       .time = groups->back().group.time};
        latest.kid = key.kid();
        latest.signature = key.sign(latest.head.signed_bytes());
        auto made = export_assignment(
            {.database = *database,
             .tenant = tenants[0],
             .keys = {key.public_key()},
             .key = key,
             .prove = [this](std::uint64_t,
                             std::uint64_t size) -> Result<std::optional<ConsistencyProof>> {
                 return std::optional(ConsistencyProof{
                     size, *log->consistency_path(size, latest.head.size), latest});
             },
             .contents = true},
            assignment, file(), clock);
        ASSERT_TRUE(made) << made.error().text();
        EXPECT_EQ(made->submissions, 20u);
        EXPECT_EQ(made->unproven_heads, 0u);
    }
    std::filesystem::path file() const { return place.path() / "export.zip"; }

    std::map<std::string, Bytes> parts() const {
        auto zip = *roster::ZipArchive::open(file());
        std::map<std::string, Bytes> out;
        for (const auto& entry : zip.entries()) {
            auto stream = *zip.stream(entry.name);
            std::vector<char> block(4096);
            for (std::size_t got = 1; got > 0;) {
                got = *stream.read(block);
                out[entry.name].append(block.data(), got);
            }
        }
        return out;
    }
    /// The findings of the file with some parts bent, everything else as it was.
    Result<ExportFindings> bent(const std::function<void(std::map<std::string, Bytes>&)>& bend,
                                const std::vector<SignedHead>& witnessed = {}) {
        auto all = parts();
        bend(all);
        const auto path = place.path() / "bent.zip";
        roster::ZipWriter zip(path);
        for (const auto& [name, bytes] : all) {
            zip.begin(name);
            zip.write(bytes);
        }
        EXPECT_TRUE(zip.close());
        return verify_export(path, {key.public_key()}, witnessed);
    }
    static void replace(Bytes& in, std::string_view from, std::string_view to) {
        const std::size_t at = in.find(from);
        ASSERT_NE(at, Bytes::npos) << from;
        in.replace(at, from.size(), to);
    }

    test::TemporaryDirectory place;
    AssignmentId assignment;
    std::unique_ptr<journal::TreeLog> log;
    SignedHead latest;
};

TEST_F(AssignmentExportTest, VerifiesWithTheFileAlone) {
    for (const std::vector<ReceiptKey>& trusted :
         {std::vector<ReceiptKey>{}, std::vector<ReceiptKey>{key.public_key()}}) {
        auto found = verify_export(file(), trusted, {latest});
        ASSERT_TRUE(found) << found.error().text();
        EXPECT_EQ(found->fault_count, 0u) << found->faults.front();
        EXPECT_EQ(found->submissions, 20u);
        EXPECT_EQ(found->contents, 20u);
        EXPECT_EQ(found->proven, found->heads);
    }
    EXPECT_EQ(parts().at("submissions.jsonl").find("another school's"), Bytes::npos);
}

TEST_F(AssignmentExportTest, WhateverIsBentIsFound) {
    const Bytes lines = parts().at("submissions.jsonl");
    const Bytes first = lines.substr(0, lines.find('\n') + 1);
    using Parts = std::map<std::string, Bytes>;
    const std::pair<const char*, std::function<void(Parts&)>> cases[] = {
        {"a submission left out", [&](Parts& p) { p["submissions.jsonl"].erase(0, first.size()); }},
        {"a submission twice", [&](Parts& p) { p["submissions.jsonl"] += first; }},
        {"received at another moment",
         [](Parts& p) {
             Bytes& in = p["submissions.jsonl"];
             const std::size_t at = in.find("\"received_at\":\"") + 15;
             in[at] = in[at] == '2' ? '1' : '2';
         }},
        {"another state",
         [](Parts& p) { replace(p["submissions.jsonl"], "\"recorded\"", "\"approved\""); }},
        {"another content",
         [](Parts& p) {
             Bytes& in = p["submissions.jsonl"];
             const std::size_t at = in.find("\"content\":\"") + 11;
             in[at] = in[at] == 'A' ? 'B' : 'A';
         }},
        {"late where it was not",
         [](Parts& p) { replace(p["submissions.jsonl"], "\"late\":false", "\"late\":true"); }},
        {"another due instant",
         [](Parts& p) { replace(p["assignment.json"], "due_at\":\"2", "due_at\":\"1"); }},
        {"a proof left out",
         [](Parts& p) {
             Bytes& in = p["proofs.jsonl"];
             in.erase(0, in.find('\n') + 1);
         }},
        {"a proof bent",
         [](Parts& p) { replace(p["proofs.jsonl"], "\"from_size\":1,", "\"from_size\":2,"); }},
        {"another key", [](Parts& p) { replace(p["keys.json"], "\"x\":\"", "\"x\":\"A"); }},
        {"another manifest",
         [](Parts& p) { replace(p["manifest.json"], "\"submissions\":20", "\"submissions\":21"); }},
        {"another signature",
         [](Parts& p) {
             replace(p["manifest.sig.json"], "\"signature\":\"", "\"signature\":\"A");
         }},
    };
    for (const auto& [name, bend] : cases) {
        auto found = bent(bend);
        EXPECT_TRUE(!found || found->fault_count > 0) << name;
    }
    EXPECT_EQ(bent([](Parts&) {})->fault_count, 0u) << "the control: nothing bent";
    EXPECT_FALSE(bent([](Parts& p) { p.erase("proofs.jsonl"); }));
    std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
    EXPECT_FALSE(verify_export(file(), {}, {}));
}

TEST_F(AssignmentExportTest, AForgerWithAKeyOfHisOwnIsFoundByTheRealKeys) {
    const SigningKey forger = SigningKey::make(rng);
    EXPECT_EQ(verify_export(file(), {forger.public_key()}, {})->submissions, 20u);
    EXPECT_GT(verify_export(file(), {forger.public_key()}, {})->fault_count, 20u);
}

TEST_F(AssignmentExportTest, AWitnessedHeadOfAnotherJournalsPastIsFound) {
    SignedHead other = latest;
    other.head.root[0] ^= 1;
    other.signature = key.sign(other.head.signed_bytes());
    auto found = verify_export(file(), {key.public_key()}, {other});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->fault_count, 1u);
    EXPECT_NE(found->faults[0].find("rewritten"), std::string::npos);
    other.head.size += 1;
    other.signature = key.sign(other.head.signed_bytes());
    EXPECT_EQ(verify_export(file(), {key.public_key()}, {other})->fault_count, 1u);
}

} // namespace
} // namespace bw::submissions
