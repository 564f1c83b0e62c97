package spse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import play.db.Pool;

/** The named statements of webapp/models; each run is one transaction, each row a map of column to text. */
final class Queries {
    private final Pool pool;
    private final Map<String, String> statements = new HashMap<>();

    Queries(Path directory, Pool pool) throws IOException {
        this.pool = pool;
        try (var files = Files.newDirectoryStream(directory, "*.sql")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                statements.put(name.substring(0, name.length() - ".sql".length()),
                    Files.readString(file, StandardCharsets.UTF_8));
            }
        }
    }

    List<Map<String, String>> rows(String name, Object... parameters) throws SQLException {
        String sql = statements.get(name);
        if (sql == null) {
            throw new IllegalStateException("no statement " + name);
        }
        return pool.transaction(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int index = 0; index < parameters.length; index++) {
                    statement.setObject(index + 1, parameters[index]);
                }
                try (ResultSet result = statement.executeQuery()) {
                    return read(result);
                }
            }
        });
    }

    Optional<Map<String, String>> row(String name, Object... parameters) throws SQLException {
        return rows(name, parameters).stream().findFirst();
    }

    private static List<Map<String, String>> read(ResultSet result) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        List<Map<String, String>> rows = new ArrayList<>();
        while (result.next()) {
            Map<String, String> row = new LinkedHashMap<>();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                row.put(columns.getColumnLabel(column), Optional.ofNullable(result.getString(column)).orElse(""));
            }
            rows.add(row);
        }
        return rows;
    }
}
