// Credentials, and what a real coturn, as deploy/coturn renders it, lets them do.
#include "rooms/turn.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace bw::rooms {
namespace {

const UserId user{{1, 2, 3}};
constexpr std::string_view secret =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

TEST(Turn, ACredentialIsTheHmacOfItsName) {
    const auto made = turn_credential(secret, user, Instant{1'700'000'000'000}, 1h);
    EXPECT_EQ(made.username, "1700003600:usr_01020300000000000000000000000000");
    // printf %s NAME | openssl dgst -sha1 -hmac SECRET -binary | base64
    EXPECT_EQ(made.password, "SAPQRFjqrVsWSX/nv6pC05Hg1Gg=");
    EXPECT_EQ(ice_servers_json({}, secret, user, Instant{0}), "[]");
}

/// What a command says, and whether it ended well.
std::pair<bool, std::string> run(const std::string& command) {
    std::string out;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r"); // NOLINT(cert-env33-c)
    std::array<char, 4096> bytes{};
    while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe))
        out.append(bytes.data(), n);
    return {::pclose(pipe) == 0, out};
}

struct Coturn : testing::Test {
    test::TemporaryDirectory directory;
    SystemClock clock;
    std::string port;
    pid_t server = 0;

    void SetUp() override {
        if (!run("command -v turnserver turnutils_uclient").first)
            GTEST_SKIP() << "no coturn (apt-get install coturn)";
        std::ofstream(directory.path() / "turn.key") << secret << "\n";
        // Below the ports that the system gives to whoever asks; it may be somebody's all the same.
        for (int tries = 0; tries < 4; ++tries) {
            port = std::to_string(21'000 + (::getpid() + 2'003 * tries) % 9'000);
            start();
            if (testing::Test::HasFatalFailure() || answers())
                return;
            stop();
        }
        FAIL() << run("cat " + (directory.path() / "log").string()).second;
    }
    void start() {
        const std::string at = directory.path().string();
        const auto [rendered, said] =
            run(std::string(BW_SOURCE) + "/deploy/coturn/render --secret-file " + at +
                "/turn.key --peer 127.0.0.1 --listen 127.0.0.1 --port " + port +
                " --relay-ports 38000-38100 --run " + at + " --for-tests > " + at + "/turn.conf");
        ASSERT_TRUE(rendered) << said;
        server = ::fork();
        if (server == 0) {
            const std::string conf = at + "/turn.conf", log = at + "/log";
            (void)!std::freopen(log.c_str(), "w", stdout);
            (void)!std::freopen(log.c_str(), "a", stderr);
            ::execlp("turnserver", "turnserver", "-c", conf.c_str(), nullptr);
            ::_exit(127);
        }
    }
    bool answers() {
        for (const Deadline deadline = Deadline::in(clock, 8s); !deadline.expired(clock);)
            if (run("timeout 1 turnutils_stunclient -p " + port + " 127.0.0.1")
                    .second.contains("reflexive"))
                return true;
        return false;
    }
    void stop() {
        if (server > 0) {
            ::kill(server, SIGTERM);
            ::waitpid(server, nullptr, 0);
        }
        server = 0;
    }
    void TearDown() override { stop(); }
    std::string relays(const TurnCredential& with, const std::string& how) {
        return run("timeout 10 turnutils_uclient -p " + port + " -u '" + with.username + "' -w '" +
                   with.password + "' -n 1 -m 1 -c " + how + " 127.0.0.1")
            .second;
    }
};

TEST_F(Coturn, RelaysForWhoHasACredentialToJanusAlone) {
    const std::string to_each_other = "-y"; // the relay is at the allowed address
    const auto good = turn_credential(secret, user, clock.now());
    const std::string well = relays(good, to_each_other);
    EXPECT_NE(well.find("Total lost packets 0 "), std::string::npos) << well;
    const std::string elsewhere = relays(good, "-e 127.0.0.2");
    EXPECT_NE(elsewhere.find("403 (Forbidden IP)"), std::string::npos) << elsewhere;
    auto renamed = good;
    renamed.username.back() = renamed.username.back() == '0' ? '1' : '0';
    const std::pair<const char*, TurnCredential> refused[] = {
        {"another name", renamed},
        {"another secret", turn_credential("guessed", user, clock.now())},
        {"over", turn_credential(secret, user, clock.now() - 5h)},
    };
    for (const auto& [what, credential] : refused) {
        const std::string said = relays(credential, to_each_other);
        EXPECT_NE(said.find("Cannot complete Allocation"), std::string::npos) << what << said;
    }
}

} // namespace
} // namespace bw::rooms
