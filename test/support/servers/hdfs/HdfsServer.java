import java.io.File;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** Starts HDFS with one data node below the folder given, and prints the port of its web interface. */
public final class HdfsServer {
    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set("dfs.namenode.fs-limits.min-block-size", "1024");
        MiniDFSCluster cluster =
            new MiniDFSCluster.Builder(configuration, new File(args[0])).numDataNodes(1).build();
        cluster.waitActive();
        cluster.getFileSystem().setPermission(new Path("/"), new FsPermission((short) 0777));
        System.out.println("port " + cluster.getNameNode().getHttpAddress().getPort());
        // Until its input ends: it must not outlive the test.
        while (System.in.read() >= 0) {}
        cluster.shutdown(true);
        System.exit(0);
    }
}
