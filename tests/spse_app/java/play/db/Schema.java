package play.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/** The record of applied migrations, table skema_migrasi. */
public final class Schema {
    private Schema() {
    }

    /** The highest migration applied; 0 for an empty database. */
    public static int version(Connection connection) throws SQLException {
        return applied(connection).stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    static Set<Integer> applied(Connection connection) throws SQLException {
        Set<Integer> numbers = new HashSet<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet exists = statement.executeQuery("select to_regclass('skema_migrasi') is not null")) {
                exists.next();
                if (!exists.getBoolean(1)) {
                    return numbers;
                }
            }
            try (ResultSet rows = statement.executeQuery("select nomor from skema_migrasi")) {
                while (rows.next()) {
                    numbers.add(rows.getInt(1));
                }
            }
        }
        return numbers;
    }
}
