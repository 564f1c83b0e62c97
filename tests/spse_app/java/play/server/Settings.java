package play.server;

import java.nio.file.Path;
import java.util.Optional;

/** What the application takes from its configuration, checked once at start so that a mistake is named then. */
public record Settings(
        String context,
        int port,
        Optional<String> address,
        Database database,
        String secret,
        Path attachments,
        Path temporary,
        int uploadLimit,
        String sikap,
        int heartbeatSeconds) {

    private static final int MEBIBYTE = 1024 * 1024;

    /** Where the database is and how many connections to keep. */
    public record Database(String url, String user, String password, int connections) {
        public static Database from(Configuration conf) throws StartupException {
            return new Database(
                conf.matching("db.url", "jdbc:postgresql://.+/.+", "harus jdbc:postgresql://host:port/basisdata"),
                conf.required("db.user"),
                conf.required("db.pass"),
                conf.integer("db.pool.maxSize", 1, 100, 8));
        }

        @Override
        public String toString() {
            return user + "@" + url;
        }
    }

    public static Settings from(Configuration conf, Path application) throws StartupException {
        return new Settings(
            conf.matching("http.path", "(/[A-Za-z0-9_.-]+)+", "harus seperti /eproc4"),
            conf.integer("http.port", 1, 65535),
            conf.optional("http.address"),
            Database.from(conf),
            conf.matching("application.secret", ".{32,}", "harus paling sedikit 32 karakter"),
            Path.of(conf.matching("attachments.path", "/.*", "harus jalur mutlak")),
            application.resolve(conf.optional("play.tmp").orElse("tmp")),
            conf.integer("play.netty.maxContentLength", 1, Integer.MAX_VALUE, 100 * MEBIBYTE),
            conf.matching("sikap.url", "https?://.+", "harus alamat http atau https"),
            conf.integer("tugas.selang", 1, 3600, 60));
    }
}
