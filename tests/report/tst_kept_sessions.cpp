// Sessions that an earlier version measured (0.1.0, before core had the rooms it has) on an embedded llama.cpp, on Ollama, and on
// a scripted server that died in the middle: they verify, and give the same rows and numbers as then. Of summary.json the texts
// may be put in other words; what it says of the program that wrote it, and its definitions, were left out.
#include "app/cli.h"
#include "support/places.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace looptax;

namespace {

std::string folderOf(const QString& name) { return (QStringLiteral(LOOPTAX_TEST_DATA "/sessions/") + name).toStdString(); }

// Every number, truth and null of `then` must stand at the same place in `now`, with the same value.
void compare(const Json& then, const Json& now, const std::string& path, QStringList& differences) {
    if (then.is_object()) {
        for (const auto& [key, value] : then.items()) {
            if (now.is_object() && now.contains(key)) compare(value, now[key], path + "." + key, differences);
            else differences << QString::fromStdString(path + "." + key + " is gone");
        }
    } else if (then.is_array()) {
        if (!now.is_array() || now.size() != then.size())
            differences << QString::fromStdString(path + " has another number of entries");
        else
            for (std::size_t i = 0; i < then.size(); ++i)
                compare(then[i], now[i], path + "[" + std::to_string(i) + "]", differences);
    } else if (then.is_string() ? !now.is_string() : then != now) {
        differences << QString::fromStdString(path + " was " + then.dump() + " and is " + now.dump());
    }
}

} // namespace

class tst_kept_sessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theyGiveTheSame_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"embedded", "ollama", "simulated"}) QTest::newRow(name) << QString::fromLatin1(name);
    }
    void theyGiveTheSame() {
        QFETCH(QString, name);
        const std::string folder = folderOf(name);
        const CliEnd verified = runLooptax({"verify", folder});
        QVERIFY2(verified.code == 0, (verified.out + verified.err).c_str());
        const CliEnd csv = runLooptax({"report", folder, "--format", "csv"});
        QCOMPARE(csv.code, 0);
        QVERIFY(csv.out == slurp(folder + "/turns.csv"));
        const CliEnd summary = runLooptax({"report", folder, "--format", "json"});
        QCOMPARE(summary.code, 0);
        QStringList differences;
        compare(Json::parse(slurp(folder + "/summary.json")), Json::parse(summary.out), "$", differences);
        QVERIFY2(differences.isEmpty(), qPrintable(differences.mid(0, 20).join(QLatin1Char('\n'))));
    }
};

LOOPTAX_TEST(tst_kept_sessions)
#include "tst_kept_sessions.moc"
