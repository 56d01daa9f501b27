// Runs the test classes that registered themselves; `--only tst_name` picks one, which is how ctest calls it.
#include "support/test_registry.h"

#include <QTest>

#ifdef LOOPTAX_TEST_GUI
#include <QApplication>
using Application = QApplication;
#else
#include <QCoreApplication>
using Application = QCoreApplication;
#endif

#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
    Application app(argc, argv);
    QStringList arguments = app.arguments();
    QString only;
    if (const qsizetype at = arguments.indexOf(QStringLiteral("--only")); at > 0 && at + 1 < arguments.size()) {
        only = arguments.takeAt(at + 1);
        arguments.removeAt(at);
    }
    int ran = 0;
    int failed = 0;
    for (const auto& [name, make] : looptax::testRegistry()) {
        if (!only.isEmpty() && only != QLatin1String(name)) continue;
        const std::unique_ptr<QObject> test(make());
        ++ran;
        failed += QTest::qExec(test.get(), arguments) == 0 ? 0 : 1;
    }
    if (ran == 0) {
        // A check that cannot run must fail: a misspelt name would pass for ever.
        std::fprintf(stderr, "no test class named %s in this program\n", qPrintable(only));
        return 1;
    }
    return failed == 0 ? 0 : 1;
}
