// Damage of every kind at every interesting place, and what an opening says to it: the table of
// README.md.
#include "journal/segments.hpp"

#include <gtest/gtest.h>

#include "journal/testing.hpp"

namespace bw::journal {
namespace {

/// Three groups in one segment (and one prepared behind it): where each begins and ends.
struct Sample {
    std::shared_ptr<SimulatedDisk> disk = SimulatedDisk::make();
    std::string name, second_name;
    std::vector<std::size_t> begins;
    std::vector<std::size_t> frames; // every frame's begin, trailers too
    std::size_t end = 0;
    std::vector<Bytes> records;
};

Sample make_sample() {
    Sample out;
    Driver driver;
    EXPECT_TRUE(driver.open(out.disk));
    std::size_t at = segment_header_bytes;
    for (std::size_t size : {2u, 3u, 2u}) {
        std::vector<Bytes> group;
        out.begins.push_back(at);
        for (std::size_t i = 0; i < size; ++i) {
            out.records.push_back("record " + std::to_string(out.records.size()) +
                                  Bytes(i * 900, 'x'));
            group.push_back(out.records.back());
            out.frames.push_back(at);
            at += frame_bytes(group.back().size());
        }
        out.frames.push_back(at);
        at += trailer_bytes;
        auto commit = driver.commit(group);
        EXPECT_TRUE(commit.group && commit.taken == size);
    }
    out.end = at;
    EXPECT_TRUE(driver.segments->prepare(driver.stop));
    out.name = segment_name(driver.segments->manifest().epoch, 1);
    out.second_name = segment_name(driver.segments->manifest().epoch, 2);
    return out;
}

enum class Expected { all, torn, corrupt };

/// Opens a damaged copy. Torn: the first two groups are left, the journal goes on; corrupt: not a
/// byte was changed.
void expect_opening(const Sample& sample, std::shared_ptr<SimulatedDisk> disk, Expected expected,
                    const std::string& what) {
    SCOPED_TRACE(what);
    std::map<std::string, Bytes> before;
    for (const std::string& name : disk->names())
        before[name] = disk->bytes_of(name);
    Driver driver;
    auto opened = driver.open(disk);
    if (expected == Expected::corrupt) {
        ASSERT_FALSE(opened) << "opened";
        EXPECT_EQ(opened.error().code, Code::corrupt) << opened.error().text();
        EXPECT_NE(opened.error().field.find("simulated/"), std::string::npos)
            << opened.error().text();
        for (const auto& [name, bytes] : before)
            EXPECT_EQ(bytes == disk->bytes_of(name), true) << name << " was changed";
        return;
    }
    ASSERT_TRUE(opened) << opened.error().text();
    std::vector<Bytes> kept = sample.records;
    if (expected == Expected::torn) {
        kept.resize(5);
        EXPECT_GT(driver.segments->recovery().torn_bytes, 0u);
    } else {
        EXPECT_EQ(driver.segments->recovery().torn_bytes, 0u);
    }
    auto read = driver.read_everything();
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, kept);
    // It goes on from there, and a second opening finds nothing to mend.
    ASSERT_TRUE(driver.commit({"after"}).group);
    kept.push_back("after");
    ASSERT_TRUE(driver.open(disk));
    EXPECT_EQ(driver.segments->recovery().torn_bytes, 0u);
    EXPECT_EQ(driver.read_everything().value(), kept);
}

TEST(Recovery, AFlippedBitInAnyByteOfAnEarlierGroupIsCorruptAndOfTheLastOneTorn) {
    Sample sample = make_sample();
    // Every byte of the first frame header and the trailer of each group, then steps that meet
    // payload and padding.
    for (std::size_t at = segment_header_bytes; at < sample.end; ++at) {
        bool interesting = at % 97 == 0;
        for (std::size_t frame : sample.frames)
            interesting |= at >= frame && at < frame + frame_header_bytes + 2 && at % 3 == 0;
        interesting |= at + trailer_bytes >= sample.end && at % 5 == 0;
        if (!interesting)
            continue;
        auto disk = sample.disk->copy();
        disk->bytes_of(sample.name)[at] ^= 0x10;
        disk->bytes_of(sample.name);
        expect_opening(sample, disk, at < sample.begins[2] ? Expected::corrupt : Expected::torn,
                       "flipped at " + std::to_string(at));
    }
}

TEST(Recovery, ATruncatedOrZeroedTailOfTheLastGroupIsTorn) {
    Sample sample = make_sample();
    for (std::size_t at = sample.begins[2] + 1; at < sample.end; at += 13) {
        auto zeroed = sample.disk->copy();
        Bytes& bytes = zeroed->bytes_of(sample.name);
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\0');
        zeroed->bytes_of(sample.name);
        expect_opening(sample, zeroed, Expected::torn, "zeroed from " + std::to_string(at));

        auto cut = sample.disk->copy();
        cut->bytes_of(sample.name).resize(at);
        cut->bytes_of(sample.name);
        expect_opening(sample, cut, Expected::torn, "truncated at " + std::to_string(at));
    }
}

TEST(Recovery, AHoleInTheLastGroupIsTornThoughItsOwnLaterFramesAreValid) {
    Sample sample = make_sample();
    auto disk = sample.disk->copy();
    disk->bytes_of(sample.name).replace(sample.begins[2], 40, 40, '\0');
    disk->bytes_of(sample.name);
    expect_opening(sample, disk, Expected::torn,
                   "first frame lost, second frame and trailer there");
}

TEST(Recovery, WhateverElseIsWrong) {
    Sample sample = make_sample();
    using Damage = std::function<void(SimulatedDisk&)>;
    struct Case {
        const char* what;
        Damage damage;
        Expected expected;
    };
    auto byte = [&](const std::string& name, std::size_t at) {
        return [=](SimulatedDisk& disk) { disk.bytes_of(name)[at] ^= 1; };
    };
    const std::vector<Case> cases = {
        {"nothing", [](SimulatedDisk&) {}, Expected::all},
        {"the prepared segment is missing", [&](SimulatedDisk& d) { d.forget(sample.second_name); },
         Expected::all},
        {"a draft was left", [&](SimulatedDisk& d) { d.put("x.seg.tmp", "half"); }, Expected::all},
        {"a segment prepared with another size",
         [&](SimulatedDisk& d) { d.bytes_of(sample.second_name).resize(8192); }, Expected::all},
        {"the first segment is missing", [&](SimulatedDisk& d) { d.forget(sample.name); },
         Expected::corrupt},
        {"the manifest is missing", [](SimulatedDisk& d) { d.forget("manifest"); },
         Expected::corrupt},
        {"the manifest is damaged", byte("manifest", 14), Expected::corrupt},
        {"the header is damaged, groups behind", byte(sample.name, 20), Expected::corrupt},
        {"the header's padding is damaged", byte(sample.name, 50), Expected::corrupt},
        {"a segment of another epoch",
         [](SimulatedDisk& d) {
             d.put("0000000000000001-00000000000000000001.seg", Bytes(16384, '\0'));
         },
         Expected::corrupt},
        {"the segment under the next one's name too",
         [&](SimulatedDisk& d) { d.bytes_of(sample.second_name) = d.bytes_of(sample.name); },
         Expected::corrupt},
    };
    for (const Case& c : cases) {
        auto disk = sample.disk->copy();
        c.damage(*disk);
        expect_opening(sample, disk, c.expected, c.what);
    }
}

TEST(Recovery, BytesWhereTheNextSegmentWaitsAreCutOff) {
    Sample sample = make_sample();
    sample.disk->bytes_of(sample.second_name)[9000] ^= 1;
    sample.disk->bytes_of(sample.second_name);
    Driver driver;
    ASSERT_TRUE(driver.open(sample.disk));
    EXPECT_EQ(driver.segments->recovery().torn_bytes, 9001u);
    EXPECT_EQ(driver.read_everything().value(), sample.records);
}

TEST(Recovery, AMovedGroupIsNoise) {
    // Frames know their place: the third group moved over the second one's is not taken for it, nor
    // for anything.
    Sample sample = make_sample();
    sample.disk->bytes_of(sample.name).erase(sample.begins[1], sample.begins[2] - sample.begins[1]);
    sample.disk->bytes_of(sample.name);
    Driver driver;
    ASSERT_TRUE(driver.open(sample.disk));
    EXPECT_EQ(driver.read_everything().value(),
              std::vector<Bytes>(sample.records.begin(), sample.records.begin() + 2));
}

// Whoever can write the file can make every checksum right; the tree tells all the same.
TEST(Recovery, ARewrittenGroupDoesNotLeadToTheRootThatTheLastOneStates) {
    Sample sample = make_sample();
    for (const auto& [number, first_seq] : {std::pair{2U, 3U}, {3U, 6U}}) {
        auto disk = sample.disk->copy();
        Bytes& bytes = disk->bytes_of(sample.name);
        const std::uint64_t epoch = decode_segment_header(bytes)->epoch;
        const std::size_t begin = sample.begins[number - 1];
        GroupShape shape;
        ASSERT_EQ(
            parse_group(ByteView(bytes).substr(begin), {epoch, 1, begin}, number, first_seq, shape)
                .found,
            GroupFound::whole);
        const std::size_t frames = shape.bytes - trailer_bytes;
        shape.group.time.ms -= 1;
        Bytes trailer;
        put_trailer(trailer, {epoch, 1, begin + frames}, shape.group, shape.head_root, frames);
        bytes.replace(begin + frames, trailer_bytes, trailer);
        expect_opening(sample, disk, Expected::corrupt, "group " + std::to_string(number));
    }
}

TEST(Recovery, DamageInAFullSegmentIsCorruptWhereverTheJournalGoesOn) {
    auto disk = SimulatedDisk::make();
    Driver driver;
    ASSERT_TRUE(driver.open(disk));
    for (int i = 0; i < 30; ++i)
        ASSERT_TRUE(driver.commit({Bytes(1500, static_cast<char>('a' + i % 26))}).group);
    std::uint64_t epoch = driver.segments->manifest().epoch;
    std::string first = segment_name(epoch, 1), second = segment_name(epoch, 2),
                third = segment_name(epoch, 3);
    Sample none;
    for (const std::string& name : {first, second})
        for (std::size_t at : {std::size_t{100}, std::size_t{5000},
                               disk->bytes_of(name).find_last_not_of('\0'), std::size_t{16383}}) {
            auto damaged = disk->copy();
            damaged->bytes_of(name)[at] ^= 1;
            expect_opening(none, damaged, Expected::corrupt, name + " at " + std::to_string(at));
        }
    auto missing = disk->copy();
    missing->forget(second);
    expect_opening(none, missing, Expected::corrupt, "a segment is missing in the middle");
    auto empty = disk->copy();
    std::ranges::fill(empty->bytes_of(second), '\0');
    expect_opening(none, empty, Expected::corrupt, "a segment in the middle is all zeros");
}

TEST(Recovery, AnotherCellIsAConflict) {
    Sample sample = make_sample();
    JournalOptions options = small_options();
    options.cell = "elsewhere";
    Driver driver;
    auto opened = driver.open(sample.disk, options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::conflict);
}

TEST(Recovery, AGroupSeenOnlyInMemoryAfterAFailedSyncIsWrittenAgain) {
    auto disk = SimulatedDisk::make();
    Driver driver;
    ASSERT_TRUE(driver.open(disk));
    ASSERT_TRUE(driver.commit({"first"}).group);
    disk->fail_next_sync = true;
    ASSERT_FALSE(driver.commit({"second"}).group);
    // The process restarts, the kernel still shows what it failed to write. Shown once, it must
    // stay.
    ASSERT_TRUE(driver.open(disk));
    ASSERT_EQ(driver.read_everything().value(), (std::vector<Bytes>{"first", "second"}));
    disk->lose_power(driver.rng);
    ASSERT_TRUE(driver.open(disk));
    EXPECT_EQ(driver.read_everything().value(), (std::vector<Bytes>{"first", "second"}));
}

TEST(Recovery, AJournalOfAnotherFormatIsLeftAloneAndSaysWhich) {
    auto disk = SimulatedDisk::make();
    Driver driver;
    ASSERT_TRUE(driver.open(disk));
    disk->bytes_of(manifest_name)[8] = 1;
    const Bytes before = disk->bytes_of(manifest_name);
    auto opened = driver.open(disk);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::conflict);
    EXPECT_NE(opened.error().detail.find("of format 1"), std::string::npos);
    EXPECT_EQ(disk->bytes_of(manifest_name), before);
}

} // namespace
} // namespace bw::journal
