package play.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import play.db.Pool;
import play.db.Schema;
import play.mvc.Router;
import spse.Application;
import spse.Heartbeat;

/** Main class: starts in the order that matters to an operator, and says in one line why it refuses. */
public final class Server {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

    private Server() {
    }

    public static void main(String[] arguments) {
        try {
            Path application = Path.of(System.getProperty("application.path", "webapp")).toRealPath();
            Log.open(application.resolve("logs"));
            start(application, arguments);
        } catch (StartupException refusal) {
            Log.error(refusal.getMessage());
            System.exit(1);
        } catch (Exception failure) {
            Log.error("Aplikasi gagal dimulai", failure);
            System.exit(1);
        }
    }

    private static void start(Path application, String[] arguments) throws Exception {
        Path root = application.getParent();
        Settings settings =
            Settings.from(Configuration.load(application, System.getProperty("play.id", ""), arguments), application);
        checkIntegrity(root);
        Release release = Release.read(root.resolve("manifest.json"));
        Faults faults = Faults.read(application.resolve("conf/build.properties"));
        Log.info("Memulai SPSE (tiruan) " + release.build() + ", pid " + ProcessHandle.current().pid());

        Pool pool = openPool(settings.database(), release, faults);
        checkSchema(pool, release);
        checkDirectories(settings);
        boot(release, faults);

        Heartbeat heartbeat = Heartbeat.start(pool, release, settings.heartbeatSeconds());
        Router router = Application.router(application, settings, release, faults, pool);
        listen(settings, router, heartbeat, pool);
    }

    private static void checkIntegrity(Path root) throws StartupException, IOException {
        List<String> problems = Integrity.problems(root);
        problems.forEach(problem -> Log.error("Integritas: " + problem));
        if (!problems.isEmpty()) {
            throw new StartupException(
                "Aplikasi menolak dimulai: " + problems.size() + " berkas tidak sesuai dengan webapp/conf/integrity");
        }
    }

    private static Pool openPool(Settings.Database database, Release release, Faults faults) throws StartupException {
        try {
            return Pool.open(database, "spse " + release.build(), faults.readOnlyDatabase());
        } catch (SQLException unreachable) {
            throw new StartupException(
                "Basis data " + database + " tidak dapat dihubungi: " + unreachable.getMessage());
        }
    }

    private static void checkSchema(Pool pool, Release release) throws StartupException, SQLException {
        int current = pool.transaction(Schema::version);
        if (current < release.schema()) {
            throw new StartupException("Skema basis data " + current + ", rilis " + release.build()
                + " memerlukan " + release.schema() + ": jalankan spse4 migration");
        }
    }

    private static void checkDirectories(Settings settings) throws IOException {
        Files.createDirectories(settings.temporary());
        if (!Files.isDirectory(settings.attachments())) {
            Log.warn("attachments.path " + settings.attachments() + " tidak ada: unggah dan unduh dokumen akan gagal");
        }
    }

    /**
     * Waits as long as the manifest says. It stands in for what the real application does here (Play compiles its
     * templates and loads some thousand classes). That it takes about 12 s is an assumption, not a measurement.
     */
    private static void boot(Release release, Faults faults) throws InterruptedException, ClassNotFoundException {
        Thread.sleep(release.bootWait().toMillis());
        if (faults.missingInitClass().isPresent()) {
            Class.forName(faults.missingInitClass().get());
        }
    }

    /**
     * The vendor's fault, kept on purpose: when the port is taken this process stays, with its connections and its
     * background job, so that a double start does harm beyond the port.
     */
    private static void listen(Settings settings, Router router, Heartbeat heartbeat, Pool pool) {
        try {
            Web web = Web.bind(settings.address(), settings.port(), router);
            onTermination(() -> {
                boolean finished = web.drain(DRAIN_LIMIT);
                Log.info(finished ? "Semua permintaan selesai" : "Masih ada permintaan setelah batas waktu");
                release(heartbeat, pool);
            });
            Log.info("SPSE (tiruan) siap di port " + settings.port() + ", konteks " + settings.context());
        } catch (IOException taken) {
            onTermination(() -> release(heartbeat, pool));
            Log.error("Port " + settings.port() + " tidak dapat dibuka", taken);
        }
    }

    private static void release(Heartbeat heartbeat, Pool pool) throws InterruptedException, SQLException {
        heartbeat.stop();
        pool.close();
        Log.info("SPSE (tiruan) berhenti");
    }

    @FunctionalInterface
    private interface Farewell {
        void run() throws InterruptedException, SQLException;
    }

    private static void onTermination(Farewell farewell) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                Log.info("Menerima perintah berhenti");
                farewell.run();
            } catch (InterruptedException | SQLException failure) {
                Log.error("Gagal berhenti dengan rapi", failure);
            }
        }, "termination"));
    }
}
