// A recording from a cold start: a real edge, the shipped origin, the blob store; played by a real
// player. And what is kept of a ladder when the disk is full.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "front/edge.hpp"
#include "front/process.hpp"
#include "recordings/routes.hpp"
#include "recordings/world_for_test.hpp"
#include "video/self_hosted.hpp"

namespace bw::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

bool comes(const std::function<bool()>& condition) {
    const SystemClock clock;
    for (Deadline deadline = Deadline::in(clock, 30s); !deadline.expired(clock);
         ::poll(nullptr, 0, 50))
        if (condition())
            return true;
    return false;
}

struct Recorded : recordings::test::World {
    SigningKey key = SigningKey::make(rng);
    tenancy::TenantDirectory directory_of_tenants;
    tenancy::Revocations revocations;
    tenancy::KeyRing keys{key};
    tenancy::TokenVerifier verifier{"https://test", keys,  directory_of_tenants,
                                    revocations,    clock, rng};
    tenancy::Gate gate{verifier, directory_of_tenants, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"api", 2, 64}, clock,
                               [this] { return installation.database(); }};
    std::unique_ptr<video::SelfHosted> video =
        video::SelfHosted::make({.edge_secret = std::string(Edge::secret),
                                 .ingest_secret = std::string(Edge::secret),
                                 .origin_url = "http://127.0.0.1:1"},
                                clock)
            .value();
    recordings::Shelf shelf{*store, clock};
    const recordings::RouteParts parts{.gate = gate,
                                       .directory = directory_of_tenants,
                                       .lane = lane,
                                       .bytes_lane = lane,
                                       .shelf = shelf,
                                       .video = *video,
                                       .edge_secret = std::string(Edge::secret),
                                       .clock = clock,
                                       .rng = rng};
    net::RouteTable routes;
    SystemClock system;
    std::unique_ptr<net::Server> server;
    pid_t nginx = 0;
    std::string origin;

    void SetUp() override {
        recordings::test::World::SetUp();
        installation.refresh(directory_of_tenants);
        recordings::add_routes(routes, parts);
        server = *net::Server::start({}, routes, system, rng);
        const std::string at = machine.path().string() + "/";
        std::filesystem::permissions(machine.path(), std::filesystem::perms::all);
        for (const char* name : {"run", "video"}) {
            std::filesystem::create_directory(at + name);
            std::filesystem::permissions(at + name, std::filesystem::perms::all);
        }
        std::ofstream(at + "secret") << Edge::secret;
        const std::uint16_t port = free_port();
        origin = "127.0.0.1:" + std::to_string(port);
        std::ofstream(at + "ingest.conf")
            << "daemon off;\n"
            << (::geteuid() == 0 ? "user nobody nogroup;\n" : "")
            << Reader({BW_RENDER_INGEST, "--callback", "http://127.0.0.1:1/no", "--rtmp",
                       "127.0.0.1:" + std::to_string(free_port()), "--origin", origin, "--control",
                       "127.0.0.1:" + std::to_string(free_port()), "--video", at + "video", "--run",
                       at + "run", "--error-log", at + "errors", "--recordings",
                       "127.0.0.1:" + std::to_string(server->port()), "--secret-file",
                       at + "secret"})
                   .rest();
        nginx = spawn({"setpriv", "--pdeathsig", "TERM", "/usr/sbin/nginx", "-p", at, "-c",
                       "ingest.conf", "-e", "stderr"});
        ASSERT_TRUE(comes([&] { return listens(port); }));
    }
    void TearDown() override {
        ::kill(nginx, SIGTERM);
        ::waitpid(nginx, nullptr, 0);
        server.reset();
        lane.stop();
    }
};

TEST_F(Recorded, IsPlayedThroughAnEdgeThatAsksOnceForEachObject) {
    const auto file = machine.path() / "in.mp4";
    ASSERT_EQ(std::system(("ffmpeg -nostdin -v error -y -f lavfi -i testsrc=s=320x240:r=25:d=5 "
                           "-f lavfi -i sine=d=5 -c:v libx264 -preset ultrafast -c:a aac " +
                           file.string())
                              .c_str()), // NOLINT(cert-env33-c): our own words
              0);
    std::ifstream in(file, std::ios::binary);
    const Bytes bytes(std::istreambuf_iterator<char>(in), {});
    const files::Upload upload = planned(bytes.size());
    ASSERT_TRUE(make(upload));
    ASSERT_TRUE(all_sent(upload, bytes));
    const auto id = this->in(north, [&](tenancy::TenantTx& tx) {
        return recordings::add_upload(tx, section, upload.id, ada, "Bells", clock, rng);
    });
    ASSERT_TRUE(id);
    does(north, recordings::transcode, *id);

    Edge edge(origin);
    const std::string tenant = north.scope.tenant().text();
    const std::string at = signed_for(tenant, id->text());
    const auto master = edge.get(at + "index.m3u8");
    ASSERT_EQ(master.status, 200) << master.body;
    EXPECT_THAT(master.body, HasSubstr("240/index.m3u8"));
    // A player decodes all of it, picture and sound.
    const std::string report = (machine.path() / "report").string();
    EXPECT_EQ(std::system(("ffmpeg -nostdin -v error -i http://" + edge.address() + at +
                           "index.m3u8 -map 0:v -map 0:a -f null - 2> " + report)
                              .c_str()), // NOLINT(cert-env33-c)
              0);
    std::stringstream said;
    said << std::ifstream(report).rdbuf();
    EXPECT_EQ(said.str(), "");
    // Everything is in the edge's cache by then, under everybody's address.
    const std::string another = signed_for(tenant, id->text(), Edge::secret, 90s);
    for (const char* name : {"index.m3u8", "240/index.m3u8", "240/init-0.mp4", "240/0.m4s",
                             "240/2.m4s", "sound/1.m4s"})
        EXPECT_EQ(cache_of(edge.get(another + name)), "HIT") << name;
    EXPECT_EQ(edge.get(another + "240/99.m4s").status, 404);

    // A hundred at once, from a cold start: one of them had to wait for the store.
    Edge cold(origin);
    int from_cache = 0;
    for (const auto& answer : cold.get_at_once(at + "240/0.m4s", 100, [] {})) {
        EXPECT_EQ(answer.status, 200);
        from_cache += cache_of(answer) == "HIT";
    }
    EXPECT_EQ(from_cache, 99);

    // What was signed for one is no use for another, nor at another institution.
    const std::string theirs = signed_for(south.scope.tenant().text(), id->text());
    EXPECT_EQ(edge.get(theirs + "240/index.m3u8").status, 404);
    std::string forged = at;
    forged.replace(forged.find(tenant), tenant.size(), south.scope.tenant().text());
    EXPECT_EQ(edge.get(forged + "index.m3u8").status, 403);
    EXPECT_EQ(edge.get(signed_for(tenant, id->text(), std::string(40, 'x')) + "index.m3u8").status,
              403);
}

TEST_F(Recorded, WhatARealLadderLeftIsTakenAndPlayed) {
    const std::string tenant = north.scope.tenant().text(), of = class_id.text() + "-1",
                      at = "rtmp://127.0.0.1:" + std::to_string(free_port()) + "/live";
    std::filesystem::create_directories(archive);
    const pid_t teacher = spawn({"setpriv",
                                 "--pdeathsig",
                                 "KILL",
                                 "ffmpeg",
                                 "-nostdin",
                                 "-loglevel",
                                 "quiet",
                                 "-f",
                                 "lavfi",
                                 "-i",
                                 "testsrc2=s=160x120:r=10:d=9",
                                 "-f",
                                 "lavfi",
                                 "-i",
                                 "sine=r=48000:d=9",
                                 "-c:v",
                                 "libx264",
                                 "-preset",
                                 "ultrafast",
                                 "-g",
                                 "20",
                                 "-c:a",
                                 "aac",
                                 "-f",
                                 "flv",
                                 "-listen",
                                 "1",
                                 at + "/" + tenant + "." + of});
    pid_t ladder = 0;
    const auto list = archive / tenant / of / "120/list";
    ASSERT_TRUE(comes([&] { // once the teacher listens
        if (ladder == 0 || ::waitpid(ladder, nullptr, WNOHANG) == ladder)
            ladder = spawn({"setpriv", "--pdeathsig", "TERM", "bash", BW_LADDER, tenant + "." + of,
                            at, (machine.path() / "video").string(), "120:200,60:80",
                            archive.string(), "0"});
        return std::filesystem::exists(list);
    }));
    ::waitpid(teacher, nullptr, 0);
    ::waitpid(ladder, nullptr, 0); // the end of what was sent is the ladder's
    ASSERT_TRUE(comes([&] {        // and then its keeper's: nobody holds the lock
        return std::system(
                   ("flock -n " + (archive / tenant / of / "lock").string() + " true").c_str()) ==
               0; // NOLINT(cert-env33-c)
    }));
    class_ended(north);
    does(north, recordings::look_for_classes);
    const auto id = of_the_class(north)->id;
    does(north, recordings::take, id);
    const auto made = recording(north, id);
    ASSERT_EQ(made.state, recordings::State::ready) << made.error_detail;
    EXPECT_NEAR(static_cast<double>(made.duration / 1ms), 9'000, 1'500);
    EXPECT_EQ(made.gaps, 0);
    Edge edge(origin);
    const std::string report = (machine.path() / "report").string();
    EXPECT_EQ(std::system(("ffmpeg -nostdin -v error -i http://" + edge.address() +
                           signed_for(tenant, id.text()) +
                           "index.m3u8 -map 0:v -map 0:a -f null - 2> " + report)
                              .c_str()), // NOLINT(cert-env33-c)
              0);
    std::stringstream said;
    said << std::ifstream(report).rdbuf();
    EXPECT_EQ(said.str(), "");
}

struct Keeping : ::testing::Test {
    TemporaryDirectory directory;
    const std::filesystem::path live = directory.path() / "live";
    std::filesystem::path archive = directory.path() / "archive";

    /// As a ladder's rung stands with segments [first, last].
    void stands(int first, int last) {
        std::filesystem::create_directories(live / "720");
        std::ofstream(live / "index.m3u8") << "#EXTM3U\n720/index.m3u8\n";
        std::ofstream(live / "720/init.mp4") << "init";
        std::stringstream list;
        list << "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:" << first << "\n#EXT-X-MAP:URI=\"init.mp4\"\n";
        for (int i = first; i <= last; ++i) {
            const auto file = live / "720" / (std::to_string(i) + ".m4s");
            if (!std::filesystem::exists(file))
                std::ofstream(file) << std::string(300'000, 'x');
            list << "#EXTINF:2.0,\n" << i << ".m4s\n";
        }
        std::ofstream(live / "720/part") << list.str();
        std::filesystem::rename(live / "720/part", live / "720/index.m3u8");
    }
    /// A keeper for as long as `ladder` lives.
    pid_t keeper(pid_t ladder, const char* kept_free) {
        return spawn({"setpriv", "--pdeathsig", "TERM", BW_KEEP_RECORDING, live.string(),
                      archive.string(), std::to_string(ladder), kept_free});
    }
    static pid_t ladder() { return spawn({"setpriv", "--pdeathsig", "TERM", "sleep", "60"}); }
    static void end(pid_t pid, int with = SIGKILL) {
        ::kill(pid, with);
        ::waitpid(pid, nullptr, 0);
    }
    std::string list() const {
        std::stringstream text;
        text << std::ifstream(archive / "720/list").rdbuf();
        return text.str();
    }
    static std::string line(int n, const char* flags = "-") {
        return std::to_string(n) + " 2.0 init.mp4 " + flags + "\n";
    }
};

TEST_F(Keeping, GoesOnAfterAKillAndTellsWhatItMissed) {
    stands(10, 12);
    const pid_t its_ladder = ladder();
    pid_t its = keeper(its_ladder, "0");
    EXPECT_TRUE(comes([&] { return list() == line(10) + line(11) + line(12); })) << list();
    end(its);
    std::ofstream(archive / "720/list", std::ios::app) << "13 2.0 in"; // within a line
    stands(12, 14);
    its = keeper(its_ladder, "0");
    EXPECT_TRUE(comes([&] { return list().ends_with(line(13) + line(14)); })) << list();
    end(its);
    stands(18, 19); // longer away than the playlist reaches back
    its = keeper(its_ladder, "0");
    EXPECT_TRUE(comes([&] { return list().ends_with(line(18, "g") + line(19)); })) << list();
    // No byte twice; and what the ladder removes stays.
    EXPECT_EQ(std::filesystem::hard_link_count(archive / "720/19.m4s"), 2U);
    std::filesystem::remove(live / "720/19.m4s");
    EXPECT_EQ(std::filesystem::file_size(archive / "720/19.m4s"), 300'000U);
    end(its_ladder);
    int status = -1;
    EXPECT_EQ(::waitpid(its, &status, 0), its); // ends after the ladder, by itself
    EXPECT_EQ(status, 0);
}

TEST_F(Keeping, AFullDiskIsAGapAndNothingElse) {
    std::filesystem::create_directory(archive);
    if (::mount("none", archive.c_str(), "tmpfs", 0, "size=700k") != 0)
        GTEST_SKIP() << "no file system can be mounted here";
    stands(10, 14); // two of them fit
    const pid_t its_ladder = ladder(), its = keeper(its_ladder, "0");
    EXPECT_TRUE(comes([&] { return list() == line(10) + line(11); })) << list();
    std::filesystem::remove(archive / "720/10.m4s"); // room again
    stands(13, 15);
    EXPECT_TRUE(comes([&] { return list().ends_with(line(15, "g")); })) << list();
    for (const auto& one : std::filesystem::directory_iterator(archive / "720"))
        EXPECT_FALSE(one.path().extension() == ".part") << one.path();
    stands(14, 16);
    EXPECT_TRUE(comes([&] { return std::filesystem::exists(archive / "index.m3u8"); }));
    end(its_ladder);
    ::waitpid(its, nullptr, 0);
    EXPECT_TRUE(list().ends_with("gap\n")) << list();
    ::umount2(archive.c_str(), MNT_DETACH);
}

TEST_F(Keeping, TooLittleRoomKeepsNothingMore) {
    stands(10, 12);
    const pid_t its_ladder = ladder(), its = keeper(its_ladder, "999999999");
    EXPECT_TRUE(comes([&] { return std::filesystem::exists(archive / "lock"); }));
    end(its_ladder);
    ::waitpid(its, nullptr, 0);
    EXPECT_EQ(list(), "gap\n");
}

} // namespace
} // namespace bw::test
