package play.db;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import play.server.Configuration;
import play.server.Settings;
import play.server.StartupException;

/** Main class of {@code spse4 migration}: applies, in order, the files of webapp/db not yet in skema_migrasi. */
public final class Migrate {
    /** One lock for all migrations of a database; the number spells "spse". */
    private static final int LOCK = 0x73707365;

    private Migrate() {
    }

    public static void main(String[] arguments) {
        try {
            Path application = Path.of(System.getProperty("application.path", "webapp")).toRealPath();
            String id = System.getProperty("play.id", "");
            migrate(Settings.Database.from(Configuration.load(application, id, arguments)), application.resolve("db"));
        } catch (StartupException refusal) {
            System.err.println(refusal.getMessage());
            System.exit(1);
        } catch (SQLException | IOException failure) {
            System.err.println("MIGRASI GAGAL: " + failure.getMessage());
            System.exit(1);
        }
    }

    private static void migrate(Settings.Database database, Path directory)
            throws SQLException, IOException, StartupException {
        List<Migration> migrations = Migration.all(directory);
        try (Connection connection = Pool.connect(database, "spse migration")) {
            lock(connection);
            execute(connection, "create table if not exists skema_migrasi ("
                + "nomor integer primary key, nama text not null, waktu timestamptz not null default now())");
            Set<Integer> applied = Schema.applied(connection);
            for (Migration migration : migrations) {
                if (!applied.contains(migration.number())) {
                    apply(connection, migration);
                }
            }
            System.out.println("Skema basis data " + database.url() + " sekarang " + Schema.version(connection));
        }
    }

    private static void lock(Connection connection) throws SQLException, StartupException {
        try (PreparedStatement query = connection.prepareStatement("select pg_try_advisory_lock(?)")) {
            query.setInt(1, LOCK);
            try (ResultSet answer = query.executeQuery()) {
                answer.next();
                if (!answer.getBoolean(1)) {
                    throw new StartupException("Migrasi lain sedang berjalan pada basis data ini");
                }
            }
        }
    }

    /**
     * Runs one file. With {@code transaksi: tidak} every statement stands alone, as in the vendor's habit: one that
     * fails leaves those before it done and the migration unrecorded.
     */
    private static void apply(Connection connection, Migration migration) throws SQLException {
        System.out.println("Menerapkan migrasi " + migration.number() + " " + migration.name());
        connection.setAutoCommit(!migration.transactional());
        for (String statement : migration.statements()) {
            execute(connection, statement);
        }
        record(connection, migration);
        if (migration.transactional()) {
            connection.commit();
        }
        connection.setAutoCommit(true);
    }

    private static void record(Connection connection, Migration migration) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("insert into skema_migrasi (nomor, nama) values (?, ?)")) {
            insert.setInt(1, migration.number());
            insert.setString(2, migration.name());
            insert.executeUpdate();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
