package spse;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import play.db.Pool;
import play.server.Log;
import play.server.Release;

/**
 * The background job: at every beat a line in the log and a row in table tugas with this process's id, so that a
 * second process on the same database can be seen there.
 */
public final class Heartbeat {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Pool pool;
    private final String build;
    private final long pid = ProcessHandle.current().pid();

    private Heartbeat(Pool pool, String build) {
        this.pool = pool;
        this.build = build;
    }

    public static Heartbeat start(Pool pool, Release release, int seconds) {
        Heartbeat heartbeat = new Heartbeat(pool, release.build());
        heartbeat.timer.scheduleAtFixedRate(heartbeat::beat, 0, seconds, TimeUnit.SECONDS);
        return heartbeat;
    }

    public void stop() throws InterruptedException {
        timer.shutdown();
        timer.awaitTermination(2, TimeUnit.SECONDS);
    }

    private void beat() {
        try {
            pool.transaction(connection -> {
                try (PreparedStatement insert =
                        connection.prepareStatement("insert into tugas (pid, build) values (?, ?)")) {
                    insert.setLong(1, pid);
                    insert.setString(2, build);
                    return insert.executeUpdate();
                }
            });
            Log.info("Tugas berkala selesai, pid " + pid);
        } catch (SQLException failure) {
            Log.error("Tugas berkala gagal, pid " + pid, failure);
        }
    }
}
