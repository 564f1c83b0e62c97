package play.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import play.server.Settings;

/** A fixed number of connections, opened at start; one that the database has dropped is replaced when next needed. */
public final class Pool {
    private static final int BORROW_SECONDS = 10;
    private static final int VALID_SECONDS = 2;

    /** What is done within one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    private final Settings.Database database;
    private final String client;
    private final boolean readOnly;
    private final BlockingQueue<Connection> idle;

    private Pool(Settings.Database database, String client, boolean readOnly) {
        this.database = database;
        this.client = client;
        this.readOnly = readOnly;
        this.idle = new ArrayBlockingQueue<>(database.connections());
    }

    public static Pool open(Settings.Database database, String client, boolean readOnly) throws SQLException {
        Pool pool = new Pool(database, client, readOnly);
        for (int number = 0; number < database.connections(); number++) {
            Connection connection = connect(database, client);
            pool.idle.add(pool.prepare(connection));
        }
        return pool;
    }

    /** Opens a connection outside any pool; its name shows in pg_stat_activity. */
    public static Connection connect(Settings.Database database, String client) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", database.user());
        properties.setProperty("password", database.password());
        properties.setProperty("ApplicationName", client);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("tcpKeepAlive", "true");
        return DriverManager.getConnection(database.url(), properties);
    }

    /** Runs the work in one transaction: all of it, or, when it throws, nothing. */
    public <T> T transaction(Work<T> work) throws SQLException {
        Connection connection = borrow();
        try {
            T result = work.run(connection);
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException | Error failure) {
            rollback(connection, failure);
            throw failure;
        } finally {
            idle.add(connection);
        }
    }

    /** Closes what is idle; connections still in use end with the process. */
    public void close() throws SQLException {
        List<Connection> connections = new ArrayList<>();
        idle.drainTo(connections);
        for (Connection connection : connections) {
            connection.close();
        }
    }

    private Connection borrow() throws SQLException {
        Connection connection = next();
        boolean usable = false;
        try {
            if (!connection.isValid(VALID_SECONDS)) {
                Connection fresh = prepare(connect(database, client));
                connection.close();
                connection = fresh;
            }
            usable = true;
            return connection;
        } finally {
            if (!usable) {
                idle.add(connection);
            }
        }
    }

    private Connection next() throws SQLException {
        Connection connection;
        try {
            connection = idle.poll(BORROW_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SQLException("Terputus saat menunggu koneksi basis data", interrupted);
        }
        if (connection == null) {
            throw new SQLException("Semua " + database.connections() + " koneksi basis data sedang terpakai");
        }
        return connection;
    }

    private Connection prepare(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setReadOnly(readOnly);
        return connection;
    }

    private static void rollback(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException secondary) {
            cause.addSuppressed(secondary);
        }
    }
}
