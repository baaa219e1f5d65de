import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Workers that share a HikariCP pool: each takes a connection, runs a transaction, and gives it back. Arguments: HOST:PORT and how many workers.
 * Environment: DB_USER, DB_PASSWORD. Each transaction is a line, as in transactions.py. Ends with standard input.
 */
public final class Transactions {
    public static void main(String[] arguments) throws Exception {
        var pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:postgresql://" + arguments[0] + "/postgres?sslmode=require");
        pool.setUsername(System.getenv("DB_USER"));
        pool.setPassword(System.getenv("DB_PASSWORD"));
        var workers = Integer.parseInt(arguments[1]);
        pool.setMaximumPoolSize(workers);
        for (var i = 0; i < workers; i++) {
            var name = "hikari" + i;
            var thread = new Thread(() -> work(pool, name));
            thread.setDaemon(true);
            thread.start();
        }
        System.in.readAllBytes();
        System.exit(0);
    }

    private static void work(HikariDataSource pool, String name) {
        while (true) {
            String what;
            try (var connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                what = ask(connection);
                Thread.sleep(200);
                connection.commit();
            } catch (SQLException error) {
                what = "failed " + error.toString().replace('\n', ' ');
            } catch (InterruptedException error) {
                return;
            }
            System.out.println(name + " " + what);
            try {
                Thread.sleep(ThreadLocalRandom.current().nextInt(300, 2500));
            } catch (InterruptedException error) {
                return;
            }
        }
    }

    private static String ask(Connection connection) throws SQLException {
        try (var statement = connection.createStatement(); var rows = statement.executeQuery("select inet_server_port()")) {
            rows.next();
            return rows.getString(1);
        }
    }
}
