// Similarity against a real database: what is kept, what is found, and what stays apart.
#include "pipeline/similarity.hpp"

#include <gtest/gtest.h>

#include <set>

#include "jobs/worker.hpp"
#include "pipeline/essays_for_test.hpp"
#include "pipeline/file_jobs.hpp"
#include "pipeline/similarity_for_test.hpp"
#include "pipeline/similarity_jobs.hpp"

namespace bw::pipeline {
namespace {

class SimilarityTest : public testing::Test {
protected:
    SimilarityTest() {
        installation_.refresh(directory_);
        worker_ =
            std::make_unique<jobs::Worker>([this] { return installation_.database(); }, directory_,
                                           similarity_kinds(clock_, rng_), clock_, rng_);
        EXPECT_TRUE(worker_->keep());
    }

    template <class Fn>
    auto in(const tenancy::TenantInfo& tenant, Fn&& fn) {
        auto done = database_->run(tenant.scope, installation_.soon(), fn);
        EXPECT_TRUE(done) << done.error().text();
        return done;
    }
    template <class Fn>
    void change(const tenancy::TenantInfo& tenant, Fn&& fn) {
        EXPECT_TRUE(in(tenant, std::forward<Fn>(fn)));
    }
    /// As the recorder has it compared.
    void have_compared(SubmissionId id) { have_compared(std::vector{id}); }
    void have_compared(const std::vector<SubmissionId>& ids) {
        change(north_, [&](tenancy::TenantTx& tx) -> Result<void> {
            const tenancy::Step step =
                jobs::enqueue_step(tx.tenant(), jobs_after({.compare = ids}), clock_, rng_);
            TRY(tx.run(step.statement, step.params));
            return {};
        });
        work();
    }
    void work() {
        for (std::size_t n = 1; n > 0;) {
            auto done = worker_->step();
            ASSERT_TRUE(done) << done.error().text();
            n = *done;
        }
        EXPECT_EQ(sql("select string_agg(error, ',') from jobs where error is not null"), "");
    }
    SubmissionId hand_in_and_compare(const Essays::Sentences& essay) {
        return hand_in_and_compare(Essays::text(essay), room_.student());
    }
    SubmissionId hand_in_and_compare(const std::string& text, UserId who) {
        const SubmissionId id = room_.hand_in(essay_, who, text);
        have_compared(id);
        return id;
    }
    std::vector<Pair> pairs(std::int64_t least = 150) {
        return in(north_,
                  [&](tenancy::TenantTx& tx) { return list_pairs(tx, essay_, least, {}, 100); })
            ->items;
    }
    Report report(SubmissionId id, bool reads_all = true) {
        return *in(north_, [&](tenancy::TenantTx& tx) {
            return report_of(tx, id, UserId{}, reads_all, 50, 20);
        });
    }
    std::string sql(const std::string& text) {
        return installation_.superuser().run(text).at(0).at(0).value_or("");
    }

    test::Installation installation_;
    const Clock& clock_ = installation_.clock();
    SystemRng rng_;
    tenancy::TenantInfo north_ = installation_.provision("north"),
                        south_ = installation_.provision("south");
    tenancy::TenantDirectory directory_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
    Classroom room_{installation_.superuser(), north_, rng_};
    const AssignmentId essay_ = room_.assign();
    std::unique_ptr<jobs::Worker> worker_;
    Essays essays_{11};
};

TEST_F(SimilarityTest, FindsWhoCopiedFromWhomAndWhere) {
    const auto original = essays_.write(400);
    const SubmissionId first = hand_in_and_compare(original);
    for (int i = 0; i < 10; ++i)
        hand_in_and_compare(essays_.write(400));
    const SubmissionId copy = hand_in_and_compare(essays_.paraphrase(original, 0.1));
    const auto found = pairs();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ((std::set{found[0].submission, found[0].other}), (std::set{first, copy}));
    EXPECT_GT(found[0].score, 500);
    for (const auto& [id, other] : {std::pair{first, copy}, {copy, first}}) {
        const Report seen = report(id);
        ASSERT_FALSE(seen.matches.empty());
        EXPECT_EQ(seen.matches[0].other, other);
        EXPECT_TRUE(seen.compared_at);
        const Span& span = seen.matches[0].spans.at(0);
        const auto here = in(north_, [&](tenancy::TenantTx& tx) { return prepare(tx, id); });
        EXPECT_EQ(here->value().words.at(span.here.word).byte, span.here.byte);
        ASSERT_TRUE(seen.matches[0].other_text);
        EXPECT_LE(span.there.byte + span.there.bytes, seen.matches[0].other_text->size());
    }
    EXPECT_FALSE(report(first, false).matches[0].other_text->empty())
        << "within an assignment its teachers read both";
}

TEST_F(SimilarityTest, TwoThatAreComparedAtOnceSeeEachOther) {
    const auto text = Essays::text(essays_.write(200));
    const SubmissionId one = room_.hand_in(essay_, room_.student(), text),
                       two = room_.hand_in(essay_, room_.student(), text);
    // Both are kept before either looks, as two workers may do it.
    for (SubmissionId id : {one, two})
        change(north_,
               [&](tenancy::TenantTx& tx) -> Result<void> { return keep(tx, **prepare(tx, id)); });
    for (SubmissionId id : {one, two}) {
        const auto seen = in(north_, [&](tenancy::TenantTx& tx) -> Result<std::size_t> {
            const Prepared prepared = **prepare(tx, id);
            return compare(prepared, TRY(find_suspects(tx, prepared))).size();
        });
        EXPECT_EQ(*seen, 1U);
    }
    have_compared({one, two});
    have_compared({one, two}); // a job may be done twice
    EXPECT_EQ(pairs().size(), 1U);
    EXPECT_EQ(sql("select count(*) from similarity_matches"), "2");
}

TEST_F(SimilarityTest, AnAuthorIsNotComparedWithThemselvesAndTheLatestTextCounts) {
    const UserId ada = room_.student();
    const auto before = Essays::text(essays_.write(200)), after = Essays::text(essays_.write(200));
    const SubmissionId first = hand_in_and_compare(before, ada);
    const SubmissionId copied_early = hand_in_and_compare(before, room_.student());
    ASSERT_EQ(pairs().size(), 1U);
    const SubmissionId second = hand_in_and_compare(before + " " + after, ada);
    EXPECT_EQ(pairs().size(), 2U) << "the pair that was found stays, and nobody copies themselves";
    hand_in_and_compare(after, ada);
    EXPECT_EQ(sql("select count(*) from similarity_texts"), "2");
    have_compared(first); // a late job for a text that no longer counts
    EXPECT_EQ(sql("select count(*) from similarity_texts where submission_id = '" +
                  to_text(first.uuid) + "'"),
              "0");
    const SubmissionId late = hand_in_and_compare(before, room_.student());
    for (const MatchRecord& match : report(late).matches)
        EXPECT_EQ(match.other, copied_early);
    EXPECT_NE(second, late);
}

TEST_F(SimilarityTest, ATextThatIsOvertakenWhileItIsPreparedTakesNothingFromTheLatest) {
    const UserId ada = room_.student();
    const SubmissionId first = room_.hand_in(essay_, ada, Essays::text(essays_.write(100)));
    const auto earlier = in(north_, [&](tenancy::TenantTx& tx) { return prepare(tx, first); });
    ASSERT_TRUE(*earlier);
    const SubmissionId latest = hand_in_and_compare(Essays::text(essays_.write(100)), ada);
    change(north_, [&](tenancy::TenantTx& tx) { return keep(tx, **earlier); });
    EXPECT_EQ(sql("select string_agg(submission_id::text, ' ') from similarity_texts"),
              to_text(latest.uuid));
}

TEST_F(SimilarityTest, ThePhrasesOfManyAndTheTemplateAreNobodysCopy) {
    const std::string phrase = Essays::text(essays_.write(60));
    for (int i = 0; i < 14; ++i)
        hand_in_and_compare(phrase + " " + Essays::text(essays_.write(60)), room_.student());
    const SubmissionId next =
        hand_in_and_compare(phrase + " " + Essays::text(essays_.write(60)), room_.student());
    EXPECT_TRUE(report(next).matches.empty()) << "in more than ten texts it is a common phrase";
    EXPECT_FALSE(pairs().empty()) << "the first of them could not know";

    change(north_, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(set_settings(tx, essay_, true, "Read this: \"" + phrase + "\"", 1));
        return compare_later(tx, essay_, clock_, rng_);
    });
    EXPECT_TRUE(pairs(0).empty()) << "all is forgotten with the old template";
    work();
    EXPECT_EQ(sql("select count(*) from similarity_texts where compared_at is not null"), "15");
    EXPECT_TRUE(pairs().empty());
    const Report seen = report(next);
    EXPECT_LT(seen.words_counted, seen.words - 50);
}

TEST_F(SimilarityTest, OneWhoHandsInOftenMakesNothingCommon) {
    const auto text = Essays::text(essays_.write(200));
    const UserId spammer = room_.student();
    for (int i = 0; i < 13; ++i)
        hand_in_and_compare(text, spammer);
    hand_in_and_compare(text, room_.student());
    EXPECT_EQ(pairs().size(), 1U);
}

TEST_F(SimilarityTest, EarlierWorkIsFoundAndItsTextShownToItsOwnTeachersAlone) {
    const AssignmentId last_year = room_.assign();
    const auto text = Essays::text(essays_.write(200));
    const SubmissionId old = room_.hand_in(last_year, room_.student(), text);
    have_compared(old);
    const SubmissionId copy = hand_in_and_compare(text, room_.student());
    const auto found = pairs();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].submission, copy);
    EXPECT_EQ(found[0].other_assignment, last_year);
    EXPECT_FALSE(report(copy, false).matches.at(0).other_text);
    EXPECT_TRUE(report(copy, true).matches.at(0).other_text);
}

TEST_F(SimilarityTest, NothingIsComparedThatNobodyAskedFor) {
    const AssignmentId off = room_.assign(false);
    const auto text = Essays::text(essays_.write(100));
    have_compared(room_.hand_in(off, room_.student(), text));
    have_compared(room_.hand_in(essay_, room_.student(), R"({"a":"x"})", "structured"));
    have_compared(SubmissionId::make(clock_.now(), rng_)); // of a person who was erased
    EXPECT_EQ(sql("select count(*) from similarity_texts"), "0");
}

TEST_F(SimilarityTest, AnotherInstitutionsTextsAreNotFound) {
    const auto text = Essays::text(essays_.write(200));
    Classroom room(installation_.superuser(), south_, rng_);
    const AssignmentId theirs = room.assign();
    const SubmissionId foreign = room.hand_in(theirs, room.student(), text);
    change(south_,
           [&](tenancy::TenantTx& tx) -> Result<void> { return keep(tx, **prepare(tx, foreign)); });
    const SubmissionId own = hand_in_and_compare(text, room_.student());
    EXPECT_TRUE(pairs().empty());
    // The control: without row-level security they would be.
    for (const char* table :
         {"similarity_prints", "similarity_texts", "submissions", "assignments"})
        installation_.superuser().run(std::string("alter table ") + table +
                                      " disable row level security");
    const auto seen = in(north_, [&](tenancy::TenantTx& tx) -> Result<std::size_t> {
        return TRY(find_suspects(tx, **prepare(tx, own))).texts.size();
    });
    EXPECT_EQ(*seen, 1U);
}

TEST_F(SimilarityTest, AnErasedPersonsTextPrintsAndPairsGoWithTheSubmission) {
    const auto text = Essays::text(essays_.write(200));
    const SubmissionId first = hand_in_and_compare(text, room_.student());
    hand_in_and_compare(text, room_.student());
    ASSERT_EQ(pairs().size(), 1U);
    room_.run("delete from submissions where submission_id = '" + to_text(first.uuid) + "'");
    EXPECT_TRUE(pairs().empty());
    EXPECT_EQ(sql("select count(*) from similarity_matches"), "0");
    EXPECT_EQ(sql("select count(distinct submission_id) from similarity_prints"), "1");
}

TEST_F(SimilarityTest, ManyTextsThatAreThereAlreadyAreHandedOutBitByBit) {
    installation_.superuser().run(
        "insert into submissions (tenant_id, submission_id, assignment_id, user_id, "
        "idempotency_key, state, received_at, late, content, content_sha256, receipt, "
        "journal_epoch, journal_seq) select '" +
        to_text(north_.scope.tenant().uuid) + "', gen_random_uuid(), '" + to_text(essay_.uuid) +
        "', gen_random_uuid(), 'k', 'recorded', now(), false, 'x', '', '', 1, i from "
        "generate_series(1, 201) i");
    change(north_, [&](tenancy::TenantTx& tx) { return compare_later(tx, essay_, clock_, rng_); });
    ASSERT_TRUE(worker_->step());
    EXPECT_EQ(sql("select count(*) from jobs where kind = 'submission.similarity'"), "200");
    work();
    EXPECT_EQ(sql("select count(*) from similarity_texts where compared_at is not null"), "201");
}

TEST_F(SimilarityTest, SettingsMoveWithTheAssignmentsVersion) {
    auto set = [&](std::int64_t version) {
        return database_->run(north_.scope, installation_.soon(), [&](tenancy::TenantTx& tx) {
            return set_settings(tx, essay_, false, "T", version);
        });
    };
    EXPECT_EQ(*set(1), 2);
    EXPECT_EQ(set(1).error().code, Code::precondition_failed);
    const Settings seen =
        *in(north_, [&](tenancy::TenantTx& tx) { return get_settings(tx, essay_); });
    EXPECT_FALSE(seen.on);
    EXPECT_EQ(seen.text_template, "T");
    room_.run("update assignments set kind = 'structured', questions = '[]'");
    auto on = database_->run(north_.scope, installation_.soon(), [&](tenancy::TenantTx& tx) {
        return set_settings(tx, essay_, true, "", 2);
    });
    EXPECT_EQ(on.error().code, Code::conflict);
}

TEST_F(SimilarityTest, PairsComeInPagesTheHighestFirst) {
    const auto text = essays_.write(200);
    for (int i = 0; i < 5; ++i)
        hand_in_and_compare(essays_.paraphrase(text, 0.03 * i));
    const auto all = pairs(0);
    ASSERT_EQ(all.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(all, std::ranges::greater(), &Pair::score));
    std::vector<Pair> by_pages;
    std::optional<Pair> after;
    do {
        const auto page =
            *in(north_, [&](tenancy::TenantTx& tx) { return list_pairs(tx, essay_, 0, after, 3); });
        by_pages.insert(by_pages.end(), page.items.begin(), page.items.end());
        after = page.next;
    } while (after);
    ASSERT_EQ(by_pages.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(by_pages[i].other, all[i].other);
}

TEST(Spans, AreReadBackAndBrokenOnesRefused) {
    const std::vector<Span> spans{{5, {1, 2, 3}, {4, 5, 6}}, {7, {8, 9, 10}, {11, 12, 13}}};
    EXPECT_EQ(*decode_spans(encode(spans)), spans);
    EXPECT_EQ(decode_spans(encode(spans) + "x").error().code, Code::corrupt);
}

} // namespace
} // namespace bw::pipeline
