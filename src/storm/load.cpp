#include "storm/load.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "storm/pacing.hpp"

namespace bw::storm {

Load draw_load(const Plan& plan, const LoadShape& shape, std::string run, Rng& rng) {
    Load load;
    load.run = std::move(run);
    // A plan lists tenant after tenant; shuffled, neighbours in time come from all of them.
    std::vector<std::uint32_t> order(plan.students.size());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size() - 1; i > 0; --i)
        std::swap(order[i], order[rng.u64() % (i + 1)]);

    const std::vector<Duration> arrivals =
        shape.arrivals == Arrivals::steady
            ? draw_steady_arrivals(shape.submissions, shape.over, rng)
            : draw_arrivals(shape.submissions, shape.over, shape.bell, rng);
    load.submitted.reserve(arrivals.size());
    load.student_of.reserve(arrivals.size());
    load.clicks.reserve(arrivals.size() + arrivals.size() / 16);
    for (std::uint32_t i = 0; i < arrivals.size(); ++i) {
        const std::uint32_t index = order[i % order.size()];
        const PlannedStudent& student = plan.students[index];
        const PlannedAssignment& assignment = plan.assignments[student.assignment];
        Submitted submitted;
        submitted.id = submissions::derive_submission_id(assignment.tenant, student.user,
                                                         assignment.id, key_of(load.run, i));
        submitted.user = student.user;
        submitted.assignment = student.assignment;
        submitted.content_sha256 =
            shape.file_bytes > 0
                ? sha256(submissions::declaration_of({file_of(load.run, i, shape.file_bytes)}))
                : sha256(content_of(load.run, i, shape.content_bytes));
        load.submitted.push_back(std::move(submitted));
        load.student_of.push_back(index);
        load.clicks.push_back({arrivals[i], i});
        if (rng.unit() < shape.duplicates)
            load.clicks.push_back({arrivals[i], i});
        if (rng.unit() < shape.careless)
            load.clicks.push_back({arrivals[i] + careless_after, i, true});
    }
    std::ranges::sort(load.clicks, {}, [](const Click& click) {
        return std::tuple(click.at, click.submission, click.careless);
    });
    return load;
}

std::string key_of(const std::string& run, std::uint32_t submission) {
    return "storm-" + run + "-" + std::to_string(submission);
}

submissions::DeclaredFile file_of(const std::string& run, std::uint32_t submission,
                                  std::size_t bytes) {
    return {.name = "storm " + std::to_string(submission) + ".txt",
            .size = bytes,
            .media_type = "text/plain",
            .sha256 = sha256(content_of(run, submission, bytes))};
}

std::string content_of(const std::string& run, std::uint32_t submission, std::size_t bytes) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789";
    static_assert(letters.size() == 64);
    std::string text = "storm " + run + " submission " + std::to_string(submission) + " ";
    std::uint64_t state = submission;
    while (text.size() < bytes) {
        // SplitMix64 (Steele, Lea, Flood 2014): filler that does not compress to nothing; ten
        // letters from each word.
        std::uint64_t word = (state += 0x9e3779b97f4a7c15ULL);
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
        word ^= word >> 31;
        for (int i = 0; i < 10 && text.size() < bytes; ++i, word >>= 6)
            text += letters[word & 63];
    }
    return text;
}

} // namespace bw::storm
