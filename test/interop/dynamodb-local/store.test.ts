import { startDynamoDbLocal } from '../../helpers/dynamodb-local';
import { storeSuite } from '../../helpers/store-suite';

storeSuite(startDynamoDbLocal);
