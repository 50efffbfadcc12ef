// The shipped ingest in a real nginx with nginx-rtmp, real encoders sending to it, and our own
// provider as the platform that says who may.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "base/rng.hpp"
#include "front/process.hpp"
#include "net/server.hpp"
#include "support/temporary_directory.hpp"
#include "video/self_hosted.hpp"

namespace bw::test {
namespace {

/// Checked again and again; false after 30 s.
bool soon(const std::function<bool()>& condition) {
    SystemClock clock;
    for (Deadline deadline = Deadline::in(clock, 30s); !deadline.expired(clock);
         ::poll(nullptr, 0, 50))
        if (condition())
            return true;
    return false;
}

/// Sends a picture and a sound in real time until it is cut off, or this ends.
class Encoder {
public:
    Encoder(const std::string& url, const std::string& key)
        : pid_(spawn({"setpriv",  "--pdeathsig", "KILL",         "ffmpeg",
                      "-nostdin", "-loglevel",   "quiet",        "-re",
                      "-f",       "lavfi",       "-i",           "testsrc2=s=160x120:r=10",
                      "-f",       "lavfi",       "-i",           "sine=r=48000",
                      "-c:v",     "libx264",     "-preset",      "ultrafast",
                      "-g",       "20",          "-c:a",         "aac",
                      "-f",       "flv",         url + "/" + key})) {}
    ~Encoder() {
        if (!ended())
            ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    bool ended() {
        if (!ended_)
            ended_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
        return ended_;
    }

private:
    const pid_t pid_;
    bool ended_ = false;
};

class Ingest : public ::testing::Test {
protected:
    Ingest() {
        routes_.add({.method = net::Method::post,
                     .path = "/callback",
                     .operation = "callback",
                     .handler =
                         [this](const net::Request& request, net::Responder respond) {
                             respond(net::Response{answer(request.body), "text/plain", "", {}});
                         },
                     .body_bytes_limit = 4'096});
        server_ = *net::Server::start({}, routes_, clock_, rng_);
        const std::string at = directory_.path().string() + "/";
        const std::uint16_t rtmp = free_port(), origin = free_port(), control = free_port();
        const auto on = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
        for (const char* name :
             {"run", "video", "archive"}) { // nginx is nobody where the tests are root
            std::filesystem::create_directory(at + name);
            std::filesystem::permissions(at + name, std::filesystem::perms::all);
        }
        std::filesystem::copy_file(BW_LADDER, at + "ladder");
        std::filesystem::copy_file(BW_KEEP_RECORDING, at + "keep-recording");
        std::ofstream(at + "ingest.conf")
            << "daemon off;\n"
            << (::geteuid() == 0 ? "user nobody nogroup;\n" : "")
            << Reader(
                   {BW_RENDER_INGEST, "--callback",  "http://" + on(server_->port()) + "/callback",
                    "--rtmp",         on(rtmp),      "--origin",
                    on(origin),       "--control",   on(control),
                    "--video",        at + "video",  "--archive",
                    at + "archive",   "--kept-free", "0",
                    "--run",          at + "run",    "--ladder",
                    at + "ladder",    "--rungs",     "120:200,60:80",
                    "--error-log",    at + "errors"})
                   .rest();
        nginx_ = spawn({"setpriv", "--pdeathsig", "TERM", "/usr/sbin/nginx", "-p", at, "-c",
                        "ingest.conf", "-e", "stderr"});
        video::SelfHostedOptions options;
        options.edge_secret = "a-secret-of-letters-for-tests-0123456789";
        options.ingest_secret = "another-secret-of-letters-for-tests-0123";
        options.ingest_url = "rtmp://" + on(rtmp) + "/live";
        options.origin_url = "http://" + on(origin);
        options.control_url = "http://" + on(control);
        provider_ = *video::SelfHosted::make(std::move(options), clock_);
        EXPECT_TRUE(soon([&] { return listens(rtmp) && listens(origin); }));
    }
    ~Ingest() override {
        ::kill(nginx_, SIGTERM);
        ::waitpid(nginx_, nullptr, 0);
        server_.reset();
    }

    int answer(std::string_view form) {
        const bool may = provider_->may_publish(form, clock_.now()).has_value();
        std::lock_guard lock(mutex_);
        if (const auto events = provider_->parse_webhook({}, form, clock_.now()))
            for (const video::Event& event : *events)
                heard_ += std::string(video::to_text(event.kind)) + " " + event.ref + ";";
        else
            heard_ += "refused;";
        return may || form.contains("call=publish_done") ? 204 : 403;
    }
    std::string heard() {
        std::lock_guard lock(mutex_);
        return heard_;
    }
    std::string file(const char* name) const {
        std::stringstream text;
        text << std::ifstream(directory_.path() / "video" / name).rdbuf();
        return text.str();
    }
    video::Health health(const char* ref) {
        return provider_->poll(ref, Deadline::in(clock_, 5s)).value_or(video::Health{});
    }

    TemporaryDirectory directory_;
    SystemClock clock_;
    SystemRng rng_;
    net::RouteTable routes_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<video::SelfHosted> provider_;
    std::mutex mutex_;
    std::string heard_;
    pid_t nginx_ = 0;
};

TEST_F(Ingest, ASignedTeacherIsOnTheLadderAlsoAfterABreakUntilCutOff) {
    const auto stream = provider_->create({"north-hill/7b", ""}, Deadline::in(clock_, 5s));
    ASSERT_TRUE(stream);
    const video::Ingest& ingest = stream->ingests.at(0);
    {
        Encoder forged(ingest.url, "north-hill.7c" + ingest.key.text().substr(13));
        EXPECT_TRUE(soon([&] { return forged.ended(); }));
        EXPECT_EQ(heard(), "refused;");
    }
    const auto flows_beyond = [&](std::uint64_t position) {
        return soon([&] {
            const video::Health now = health("north-hill/7b");
            return now.signal == video::Signal::flowing && now.position > position;
        });
    };
    std::uint64_t position = 0;
    {
        const Encoder teacher(ingest.url, ingest.key.text());
        ASSERT_TRUE(flows_beyond(0));
        position = health("north-hill/7b").position;
    } // the uplink is lost
    EXPECT_TRUE(soon([&] { return heard().ends_with(";disconnected north-hill/7b;"); }));
    Encoder teacher(ingest.url, ingest.key.text()); // and back, with what was seen before it
    EXPECT_TRUE(soon([&] {
        return heard() == "refused;connected north-hill/7b;disconnected north-hill/7b;"
                          "connected north-hill/7b;";
    })) << heard();
    EXPECT_TRUE(flows_beyond(position + 2)); // more than the broken ladder's last words
    EXPECT_TRUE(file("north-hill/7b/120/index.m3u8").contains("#EXT-X-DISCONTINUITY"));
    EXPECT_FALSE(file("north-hill/7b/120/index.m3u8").contains("#EXT-X-ENDLIST"));
    const std::string master = file("north-hill/7b/index.m3u8");
    for (const char* part :
         {"RESOLUTION=160x120", "RESOLUTION=80x60", "TYPE=AUDIO", "\n120/index.m3u8"})
        EXPECT_TRUE(master.contains(part)) << part << "\n" << master;

    // What it makes is kept beside it, from the first segment on, also over the break.
    const auto kept = [&](const char* what) {
        return soon([&] {
            std::stringstream text;
            text << std::ifstream(directory_.path() / "archive/north-hill/7b/120/list").rdbuf();
            return text.str().contains(what);
        });
    };
    EXPECT_TRUE(kept(" d\n"));
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / "archive/north-hill/7b/index.m3u8"));

    EXPECT_TRUE(provider_->end("north-hill/7b", Deadline::in(clock_, 5s)));
    EXPECT_TRUE(soon([&] { return teacher.ended(); }));
    EXPECT_TRUE(soon([&] { return heard().ends_with(";disconnected north-hill/7b;"); })) << heard();
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "video/north-hill/7c"));
}

} // namespace
} // namespace bw::test
